import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OpsState } from '@waypost/lexicon/ops-state'
import { verdictOf } from './verdict.ts'

const HOST = { url: 'https://pds.example', connected: true, waiting: 0, queued: 0 }
const FINE = {
  atMs: 1_000_000,
  ingest: 'here',
  engine: { isUp: true, failures: 0 },
  hosts: [HOST, HOST],
  hostCounts: { all: 2, away: 0 },
  stages: [{ name: 'project', perSecond: 1, queue: 0, history: [] }],
  objective: { total: 5, windows: [{ name: '5m', total: 5, burnRate: 0 }] },
  faults: [],
} as unknown as OpsState

const AWAY = { ...HOST, connected: false }

function following(...hosts: readonly (typeof HOST)[]): Pick<OpsState, 'hosts' | 'hostCounts'> {
  return { hosts, hostCounts: { all: hosts.length, away: hosts.filter(({ connected }) => !connected).length } }
}

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
      { engine: { isUp: false, failures: 0 }, ...following(AWAY) },
      following(AWAY, AWAY),
      following(AWAY, HOST),
      { ...following(AWAY, AWAY), hostCounts: { all: 3, away: 2 } },
      { ingest: 'elsewhere', ...following() },
      { stages: [{ name: 'project', perSecond: 1, queue: 1_001, history: [] }] },
      { objective: { total: 5, windows: [{ name: '5m', total: 5, burnRate: 20 }] }, ...following(AWAY, HOST) },
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
      // Those that are shown are not all.
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
