import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OpsState } from './state.ts'
import { verdictOf } from './verdict.ts'

const HOST = { url: 'https://pds.example', connected: true, waiting: 0, queued: 0 }
const FINE = {
  atMs: 1_000_000,
  ingest: 'here',
  engine: { isUp: true, failures: 0 },
  hosts: [HOST, HOST],
  stages: [{ name: 'project', perSecond: 1, queue: 0, history: [] }],
  objective: { total: 5, windows: [{ name: '5m', total: 5, burnRate: 0 }] },
  faults: [],
} as unknown as OpsState

const AWAY = { ...HOST, connected: false }

test('the worst that is known is said first', () => {
  const kinds = (...changes: readonly object[]): string[] =>
    changes.map((change) => {
      const { tone, kind } = verdictOf({ ...FINE, ...change })
      return `${tone} ${kind}`
    })
  assert.deepEqual(
    kinds(
      {},
      { objective: { total: 0, windows: [] } },
      { engine: { isUp: false, failures: 0 }, hosts: [AWAY] },
      { hosts: [AWAY, AWAY] },
      { hosts: [AWAY, HOST] },
      { ingest: 'elsewhere', hosts: [] },
      { stages: [{ name: 'project', perSecond: 1, queue: 1_001, history: [] }] },
      { objective: { total: 5, windows: [{ name: '5m', total: 5, burnRate: 20 }] }, hosts: [AWAY, HOST] },
      { faults: [{ atMs: 999_000, level: 'error', text: 'broken' }] },
      { faults: [{ atMs: 1_000, level: 'error', text: 'long ago' }] },
      { faults: [{ atMs: 999_000, level: 'warn', text: 'trying again' }] },
    ),
    [
      'good arrives',
      'good quiet',
      'bad engineAway',
      'bad noHost',
      'warn someHosts',
      'good arrives',
      'bad behind',
      'bad late',
      'warn faults',
      'good arrives',
      'good arrives',
    ],
  )
})
