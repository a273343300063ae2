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
  budget: { limits: [], steps: [], warnAt: 0.8 },
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
      { ingest: 'paused', ...following() },
      { budget: { limits: [], steps: [{ isShed: true }, { isShed: false }], warnAt: 0.8 }, ...following(AWAY, HOST) },
      { budget: { limits: [{ share: 0.5 }, { share: 0.8 }], steps: [], warnAt: 0.8 } },
      { budget: { limits: [{ share: 0.79 }], steps: [], warnAt: 0.8 } },
      { budget: { limits: [{ share: 3 }], steps: [], warnAt: 0.8, override: { fromMs: 0, untilMs: 1 } } },
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
      'bad paused',
      'warn sheds',
      'warn near',
      'good arrives',
      'warn overridden',
    ],
  )
})
