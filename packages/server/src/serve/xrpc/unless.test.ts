import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ok, refuse } from '@waypost/kernel'
import { Written, xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { createHeldPages } from '#serve/held-pages.ts'
import { unless } from './unless.ts'

test('where there is a reason not to answer that is the answer, also of a page that is held', () => {
  let refused: XrpcFault | undefined
  const bytes = Buffer.from('{"feed":[]}')
  const answer = unless(() => refused)(() => ok(new Written<object>(bytes, () => true)))
  const ask = () => {
    const answered = answer({}, undefined as never)
    return answered.ok && answered.value instanceof Written ? answered.value : undefined
  }
  const pages = createHeldPages()
  const question = { viewer: undefined, url: '/xrpc/app.waypost.feed.searchCheckins?q=a' }
  for (let asked = 0; asked < 2; asked++) pages.hold(question, ask()!, ask)
  assert.deepEqual(pages.get(question)?.bytes, bytes)
  refused = xrpcFault(503, 'BudgetExceeded', 'later')
  pages.follow()
  assert.equal(pages.get(question), undefined)
  assert.deepEqual(answer({}, undefined as never), refuse(refused))
  refused = undefined
  assert.ok(ask())
})

test('without any reason it is the same answer', () => {
  const answer = () => ok({})
  assert.equal(unless(undefined)(answer), answer)
})
