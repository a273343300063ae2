import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { jsonToLex } from '@atproto/lex'
import type { LexValue } from '@atproto/lex'
import { INPUTS, servingApi } from './given-api.ts'
import { allMethods } from './methods.ts'

/** What `docs/api.md` shows is asked again, as it stands there. */
const page = readFileSync(join(import.meta.dirname, '../../../../../docs/api.md'), 'utf8')
const blocks = [...page.matchAll(/```(http|json)\n(.*?)\n```/gs)].map(([, language, text]) => ({
  language,
  text: text!,
}))
const questions = blocks.flatMap(({ language, text }, at) => {
  const [line = '', ...headers] = text.split('\n')
  return language === 'http' && line.startsWith('GET ')
    ? [{ target: line.slice('GET '.length), headers, answer: blocks[at + 1]!.text }]
    : []
})
const orders = blocks.filter(({ language, text }) => language === 'http' && text.startsWith('POST '))
// Handlers are not called here: only what each method's lexicon says is asked.
const methods = allMethods({ writing: {}, reports: {}, facts: {} } as never)
const server = await servingApi()
after(() => server[Symbol.asyncDispose]())

test('the page shows most queries with an answer, and some of what is written', () => {
  const queries = methods.filter(({ kind }) => kind === 'query')
  assert.ok(questions.length >= queries.length - 2, `${questions.length} of ${queries.length}`)
  assert.equal(orders.length, INPUTS.length)
})

for (const { target, headers, answer } of questions) {
  test(`a server answers ${target} as the page says`, async () => {
    const sent = headers.map((header) => header.split(': ') as [string, string])
    const response = await fetch(server.origin + target, { headers: sent })
    assert.equal(response.status, 200)
    assert.deepEqual(await response.json(), JSON.parse(answer))
  })
}

test('what the page sends to procedures is what their lexicons take, and needs somebody who is signed in', async () => {
  for (const { text } of orders) {
    const [head, body] = text.split('\n\n') as [string, string]
    const nsid = /^POST \/xrpc\/(\S+)/.exec(head)![1]!
    const method = methods.find(({ schema }) => schema.nsid === nsid)
    assert.ok(method?.kind === 'procedure', nsid)
    const parsed = method.schema.input.schema!.safeParse(jsonToLex(JSON.parse(body) as never) as LexValue)
    assert.ok(parsed.success, `${nsid}: ${parsed.success ? '' : parsed.reason.message}`)
    const response = await fetch(`${server.origin}/xrpc/${nsid}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    assert.equal(response.status, 401)
  }
})

test('every endpoint is on the page', () => {
  for (const { schema } of methods) assert.match(page, new RegExp(`^### ${schema.nsid}$`, 'm'))
})
