import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { serve } from './given-http.ts'
import { ASKED_MIN, LATE_FOR_MS, LATE_MS, watchOverload } from './overload.ts'

/** A thread whose timers come late by as much as its turns take, and who asks it. */
function given(fraction?: number) {
  const world = simWorld()
  const { random, timers } = world
  let nowMs = 0
  let refused = 0
  let look = (): void => {}
  const said: boolean[] = []
  const overload = watchOverload(
    {
      clock: { now: () => nowMs, elapsed: () => nowMs },
      random: fraction === undefined ? random : { ...random, fraction: () => fraction },
      timers: {
        ...timers,
        every(_periodMs, action) {
          look = () => void action()
          return { [Symbol.dispose]() {} }
        },
      },
    },
    { readRefused: () => void refused++, overloaded: (isSo) => void said.push(isSo) },
  )
  const response = { writeHead: () => ({ end() {} }) }
  const read = { method: 'GET', url: '/xrpc/app.waypost.feed.getGlobal' }
  return {
    said,
    overload,
    /** One turn, in which so many were asked; answers how many of them were refused. */
    turn(ms: number, asked: number, request: { readonly method: string; readonly url: string } = read): number {
      const before = refused
      for (let nth = 0; nth < asked; nth++) overload.refuse(request as never, response as never)
      nowMs += ms
      look()
      return refused - before
    },
  }
}

test('a part of the reads is refused where every turn takes too long, more the later it is, and none once it is over', () => {
  const { turn, overload, said } = given()
  const busy = LATE_MS + 100
  for (let ms = 0; ms < LATE_FOR_MS; ms += busy) turn(busy, 100)
  const mild = overload.refusedShare
  assert.ok(mild > 0 && mild < 0.3, String(mild))
  for (let nth = 0; nth < 100; nth++) turn(4 * busy, 100)
  assert.ok(overload.refusedShare > 0.9 && overload.refusedShare < 1)
  const refused = turn(busy, 1_000)
  assert.ok(refused > 850 && refused < 1_000, String(refused))
  assert.deepEqual(said, [true])
  for (let nth = 0; nth < 250; nth++) turn(50, 100)
  assert.equal(overload.refusedShare, 0)
  assert.equal(turn(50, 1_000), 0)
  assert.deepEqual(said, [true, false])
})

test('one long turn is no overload, and neither is a thread that is late though few ask', () => {
  const { turn, overload } = given()
  turn(LATE_FOR_MS - 1, 100)
  turn(50, 100)
  turn(LATE_FOR_MS - 1, 100)
  assert.equal(overload.refusedShare, 0)
  for (let nth = 0; nth < 100; nth++) turn(2_000, ASKED_MIN - 1)
  assert.equal(overload.refusedShare, 0)
})

test('what writes, signs in, is live or tells how the server is, is never refused', () => {
  const { turn, overload } = given()
  for (let nth = 0; nth < 50; nth++) turn(4 * LATE_MS, 100)
  assert.ok(overload.refusedShare > 0.9)
  for (const [method, url] of [
    ['POST', '/xrpc/app.waypost.feed.createCheckin'],
    ['GET', '/oauth/callback?code=1'],
    ['GET', '/health/ready'],
    ['GET', '/metrics'],
    ['GET', '/live?cursor=1'],
  ] as const)
    assert.equal(turn(50, 100, { method, url }), 0)
})

test('who is refused is told in the shape of every error when to come again, and may read it from anywhere', async (t) => {
  const { turn, overload } = given(0)
  for (let nth = 0; nth < 10; nth++) turn(4 * LATE_MS, ASKED_MIN)
  const { app } = await serve({ overload })
  t.after(() => app.close())
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const answer = await fetch(`${url}/xrpc/app.waypost.feed.getGlobal?limit=7`)
  assert.equal(answer.status, 503)
  assert.equal(answer.headers.get('retry-after'), '2')
  assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(((await answer.json()) as { error: string }).error, 'Overloaded')
})
