import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { ownLexicons } from '@waypost/lexicon/documents'
import { allMethods } from './methods.ts'

const absent = undefined as never
const writing = { world: simWorld() } as never
const methods = allMethods({
  writing,
  facts: {} as never,
  seen: absent,
  presences: absent,
  hereNow: absent,
  reports: absent,
  origin: () => '',
})

test('every endpoint of app.waypost has somebody who answers it, and nothing else is answered', () => {
  const endpoints = ownLexicons().filter(({ defs }) =>
    ['query', 'procedure', 'subscription'].includes((defs['main'] as { type: string } | undefined)?.type ?? ''),
  )
  assert(endpoints.length > 15)
  assert.deepEqual(
    methods.map(({ kind, schema }) => `${kind} ${schema.nsid}`).toSorted(),
    endpoints.map(({ id, defs }) => `${(defs['main'] as { type: string }).type} ${id}`).toSorted(),
  )
})

test('each file beside the table bears the name of the lexicon that it answers', () => {
  for (const { schema, kind } of methods) {
    if (kind === 'subscription') continue
    const path = `./${schema.nsid.slice('app.waypost.'.length).replaceAll('.', '/')}`
    assert(existsSync(new URL(`${path}.ts`, import.meta.url)), path)
  }
})
