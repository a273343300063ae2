import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinMaps, setDelta, type LwwMap } from '@waypost/gossip'
import { createReplicas, type OwnState } from './replicas.ts'

const NOW_MS = Date.UTC(2026, 0, 1)
const OWN: OwnState = { role: 'replica', version: '0.1.0', position: 7, lagMs: 0, requestsPerSecond: 2, followers: 1 }

test('of each process the newest word is known, until it has said nothing for ten minutes', () => {
  let now = NOW_MS
  const [one, other] = ['a', 'b'].map((self) => createReplicas({ self, now: () => now })) as [
    ReturnType<typeof createReplicas>,
    ReturnType<typeof createReplicas>,
  ]
  other.join(one.say(OWN))
  now += 1_000
  const later = one.say({ ...OWN, position: 9 })
  other.join(later)
  other.say({ role: 'ingest', version: '0.1.0', isActive: true })
  const known = other.all().map(({ id, position, isSelf, saidMs }) => [id, position, isSelf, saidMs - NOW_MS])
  assert.deepEqual(known, [
    ['a', 9, false, 1_000],
    ['b', undefined, true, 1_000],
  ])
  now += 600_000
  other.say({ role: 'ingest', version: '0.1.0', isActive: true })
  assert.deepEqual(
    other.all().map(({ id }) => id),
    ['b'],
  )
})

test('a state that no process of ours would say is not taken, and no more of them than there can be', () => {
  const replicas = createReplicas({ self: 'a', now: () => NOW_MS })
  const said = (key: string, value: unknown, untilMs = NOW_MS + 1): LwwMap<unknown> =>
    setDelta<unknown>(new Map(), { key, writer: key, nowMs: NOW_MS }, value, untilMs)
  for (const wrong of [
    undefined,
    'alive',
    { ...OWN, role: 'leader' },
    { ...OWN, version: 1 },
    { ...OWN, lagMs: -1 },
    { ...OWN, position: '7' },
    { ...OWN, isActive: 'yes' },
  ])
    replicas.join(said('b', wrong))
  replicas.join(said('b', OWN, NOW_MS + 86_400_000))
  assert.deepEqual(replicas.all(), [])
  const many = Array.from({ length: 1_000 }, (_, at) => said(`b${at}`, OWN)).reduce(joinMaps)
  replicas.join(many)
  assert.equal(replicas.all().length, 256)
})
