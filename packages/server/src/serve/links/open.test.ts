import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTelemetry, realWorld } from '@waypost/kernel'
import { checkinUri, didOf } from '#project/given.ts'
import { createPresences, type Presences } from '#serve/presence/presences.ts'
import { freePort } from '../../../../../tools/free-port.ts'
import { createLinkEvents } from './events.ts'
import { SECRET, until } from './given-links.ts'
import { openCluster, type Cluster, type LinkSettings } from './open.ts'
import type { OwnState } from './replicas.ts'

interface Process extends AsyncDisposable {
  readonly cluster: Cluster
  readonly presences: Presences
  readonly lines: string[]
  metrics(): Promise<string>
}

async function startProcess(
  self: string,
  settings: Partial<LinkSettings> & { port: number },
  { role = 'replica' as OwnState['role'] } = {},
): Promise<Process> {
  const world = realWorld()
  const lines: string[] = []
  const telemetry = createTelemetry({ level: 'trace', destination: { write: (line) => void lines.push(line) } })
  const presences = createPresences({ writer: self, told: (delta) => cluster.tell(delta) })
  let requests = 0
  const cluster = await openCluster({
    world,
    settings: { host: '127.0.0.1', peers: [], secret: SECRET, ...settings },
    self: () => self,
    service: 'did:web:test',
    events: createLinkEvents(telemetry),
    ...(role !== 'ingest' && {
      hereNow: { held: presences.held, join: (delta) => presences.join(delta, world.clock.now()) },
    }),
    own: () => ({ role, version: '0.1.0', ...(role !== 'ingest' && { position: 7, requests: (requests += 5) }) }),
  })
  return {
    cluster,
    presences,
    lines,
    metrics: () => telemetry.metrics.metrics(),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}

test('linked replicas show who is here now and how each of them is; an ingest hears of nobody; no line tells of it', async () => {
  const ports = [await freePort(), await freePort(), await freePort()] as const
  const peers = ports.map((port) => `localhost:${port}`)
  await using one = await startProcess('a', { port: ports[0], peers })
  await using two = await startProcess('b', { port: ports[1], peers })
  await using ingest = await startProcess('c', { port: ports[2], peers }, { role: 'ingest' })
  const now = realWorld().clock.now()
  const ana = didOf('ana')
  one.presences.enter(ana, { checkin: checkinUri('ana', 'cafe'), place: 'osm:node/1', sinceMs: now }, now)
  const isHere = ({ presences }: Process): boolean => presences.at(['osm:node/1'], now).length === 1
  await until('both know where she is', () => isHere(one) && isHere(two))
  two.presences.leave(ana, now + 1)
  await until('both know that she left', () => !isHere(one) && !isHere(two))
  assert.equal(ingest.presences.size(), 0)

  const known = ({ cluster }: Process): string =>
    cluster
      .replicas()
      .map(({ id, role, health, isSelf }) => `${id} ${role} ${health}${isSelf ? ' itself' : ''}`)
      .toSorted()
      .join()
  await until('all are known', () => known(ingest) === 'a replica alive,b replica alive,c ingest alive itself')
  const isAsked = (): boolean => two.cluster.replicas().find(({ id }) => id === 'a')!.requestsPerSecond! > 0
  await until('how much it is asked is known', isAsked)
  assert.match(await one.metrics(), /^waypost_replicas\{state="alive"\} 3$/m)
  assert.match(await one.metrics(), /^waypost_links 2$/m)
  for (const { lines } of [one, two, ingest]) assert.deepEqual(lines, [])
})

test('why there is no link is counted and in a few lines, and the secret in none', async () => {
  const port = await freePort()
  await using one = await startProcess('a', { port })
  const other = SECRET.toUpperCase()
  await using two = await startProcess('b', { port: 0, peers: [`127.0.0.1:${port}`], secret: other })
  await until('both have tried often', () => two.lines.length === 10 && one.lines.length === 10)
  for (const { lines, metrics } of [one, two]) {
    assert.match(await metrics(), /^waypost_links_refused_total\{reason="wrong-secret"\} \d+$/m)
    for (const secret of [SECRET, other]) assert.ok(!lines.join('').includes(secret))
  }
  assert.deepEqual([one.cluster.replicas().length, two.cluster.replicas().length], [1, 1])
})

test('without settings there are no links, and nothing is opened', async () => {
  await using cluster = await openCluster({
    world: realWorld(),
    settings: undefined,
    self: () => assert.fail('nobody is asked'),
    service: 'did:web:test',
    events: createLinkEvents(createTelemetry({ level: 'silent' })),
    own: () => assert.fail('nor for their state'),
  })
  cluster.tell(new Map())
  assert.deepEqual(cluster.replicas(), [])
})
