import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { openMemoryEngine, type Engine } from '@waypost/engine'
import { createTelemetry, ok, refuse, type Did } from '@waypost/kernel'
import { simWorld, type SimWorld } from '@waypost/kernel/sim'
import { createSignedRepo, deriveSigningKey, identityFrame, type SignedRepo } from '@waypost/load'
import { decodeFrame } from '#wire/decode-frame.ts'
import type { Outbound, OutboundFault } from '#wire/outbound.ts'
import type { Received } from '#wire/subscription.ts'
import { createIdentities } from '#verify/identity.ts'
import { openEventLog } from '#log/event-log.ts'
import { startIngest } from '#log/ingest.ts'
import { allEvents, unheard } from './kit/network.ts'

/* Handles over hours of virtual time, on the real network's ways: a directory, a PDS and each handle's own host. */

const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'
const BEN: Did = 'did:plc:benaaaaaaaaaaaaaaaaaaaaa'
const HOST = 'https://pds.example'
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

interface Resident {
  handle: string
  pds: string
  readonly signingKey: string
  readonly repo: SignedRepo
}

/** What there is outside; `away` are the host names that answer to nobody. */
interface Outside {
  readonly world: SimWorld
  readonly people: Map<Did, Resident>
  readonly away: Set<string>
  /** Who a handle's own host names, where that is not whoever claims it. */
  readonly named: Map<string, Did>
  readonly asked: string[]
  /** Called when a question has reached its host, before the answer. */
  onAsked: (hostname: string) => Promise<void>
}

async function openOutside(): Promise<Outside> {
  const world = simWorld()
  const people = new Map<Did, Resident>()
  for (const [did, handle] of [
    [ANA, 'ana.example'],
    [BEN, 'ben.example'],
  ] as const) {
    const key = await deriveSigningKey(did)
    const repo = createSignedRepo({ did, key, clock: world.clock })
    await repo.commit([{ action: 'create', collection: 'org.example.song', rkey: 'one', record: { title: 'One' } }])
    people.set(did, { handle, pds: HOST, signingKey: key.did, repo })
  }
  return { world, people, away: new Set(), named: new Map(), asked: [], onAsked: async () => {} }
}

function answerOf({ people, named }: Outside, { hostname, pathname, searchParams }: URL): object | Uint8Array | string {
  const did = (searchParams.get('did') ?? pathname.slice(1)) as Did
  const person = people.get(did)
  switch (hostname) {
    case 'plc.example':
      return {
        id: did,
        alsoKnownAs: [`at://${person!.handle}`],
        verificationMethod: [
          { id: '#atproto', type: 'Multikey', publicKeyMultibase: person!.signingKey.slice('did:key:'.length) },
        ],
        service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: person!.pds }],
      }
    case 'pds.example':
      return pathname.endsWith('getRepo') ? person!.repo.car() : { did, active: true, rev: person!.repo.head!.rev }
    default:
      return named.get(hostname) ?? [...people].find(([, { handle }]) => handle === hostname)?.[0] ?? 'nobody'
  }
}

function outboundTo(outside: Outside): Outbound {
  return {
    async fetch(address) {
      const url = new URL(address)
      outside.asked.push(url.hostname)
      await outside.onAsked(url.hostname)
      if (outside.away.has(url.hostname)) {
        await outside.world.timers.sleep(3_000)
        return refuse<OutboundFault>({ reason: 'timed-out', detail: url.hostname })
      }
      const answer = answerOf(outside, url)
      const isBytes = answer instanceof Uint8Array
      const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
      return ok({ status: 200, headers: new Headers(), body: isBytes ? answer : new TextEncoder().encode(text) })
    },
    fetchLike: () => Promise.reject(new Error('not here')),
    socketLookup: () => refuse({ reason: 'address-refused', detail: '' }),
  }
}

/** One ingest, whose host says what the test tells it to say. */
function begin(outside: Outside, engine: Engine) {
  const { world } = outside
  const eventLog = openEventLog(engine.log, world)
  const outbound = outboundTo(outside)
  const txtRecords = () => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' }))
  const frames: Received[] = []
  let wake = (): void => {}
  let seq = 0
  const ingest = startIngest({
    world,
    log: createTelemetry({ level: 'silent' }).log,
    eventLog,
    keyValue: engine.keyValue,
    identities: createIdentities({ world, outbound, plcUrl: 'https://plc.example', txtRecords }),
    outbound,
    hosts: [{ url: HOST, kind: 'relay' }],
    events: unheard,
    async *subscribe({ signal }) {
      signal.addEventListener('abort', () => wake())
      while (!signal.aborted) {
        yield* frames.splice(0)
        if (frames.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  })
  return {
    ingest,
    eventLog,
    /** The host says that something of the person's identity changed. */
    async announce(did: Did): Promise<void> {
      const bytes = identityFrame({ seq: ++seq, time: new Date(world.clock.now()).toISOString() }, { did })
      frames.push({ frame: decodeFrame(bytes), byteLength: bytes.length, receivedAt: world.clock.now(), waiting: 0 })
      wake()
      await world.advance(0)
    },
    async join(did: Did): Promise<void> {
      const joined = ingest.track(did)
      await world.advance(10_000)
      assert.equal(await joined, true)
    },
    /** The handles that the log gave the person, in order, with the host name of the PDS. */
    async identitiesOf(did: Did): Promise<readonly string[]> {
      const events = await allEvents(eventLog)
      return events.flatMap((event) =>
        event.kind === 'identity' && event.did === did
          ? [`${event.handle ?? 'none'} at ${new URL(event.pds!).hostname}`]
          : [],
      )
    },
    due: () => engine.keyValue.list('ingest/due/'),
    async [Symbol.asyncDispose](): Promise<void> {
      await ingest[Symbol.asyncDispose]()
    },
  }
}

test('a handle whose host is away stays as it was, is asked for again, and keeps nobody else waiting', async () => {
  const outside = await openOutside()
  const { world, away, people } = outside
  await using engine = openMemoryEngine({ world })
  await using running = begin(outside, engine)
  await running.join(ANA)
  await running.join(BEN)
  assert.deepEqual(await running.identitiesOf(ANA), ['ana.example at pds.example'])

  away.add('ana.example')
  await running.announce(ANA)
  people.get(BEN)!.handle = 'benjamin.example'
  await running.announce(BEN)
  await world.advance(5_000)
  assert.deepEqual(await running.identitiesOf(BEN), ['ben.example at pds.example', 'benjamin.example at pds.example'])
  assert.equal(await running.eventLog.cursor(HOST), 2, 'the cursor has passed the news')
  await world.advance(2 * DAY_MS)
  assert.deepEqual(await running.identitiesOf(ANA), ['ana.example at pds.example'])
  assert.equal((await running.due()).length, 1)
  const tries = outside.asked.filter((hostname) => hostname === 'ana.example').length
  assert.ok(tries > 20 && tries < 50, `asked ${tries} times in two days`)

  away.clear()
  await world.advance(4 * HOUR_MS)
  assert.deepEqual(await running.due(), [])
  assert.equal((await running.identitiesOf(ANA)).at(-1), 'ana.example at pds.example')
})

test('whoever was not answered for is asked for again after a kill', async () => {
  const outside = await openOutside()
  const { world, away, people } = outside
  await using engine = openMemoryEngine({ world })
  {
    await using running = begin(outside, engine)
    await running.join(ANA)
    people.get(ANA)!.handle = 'anna.example'
    away.add('anna.example')
    await running.announce(ANA)
    await world.advance(MINUTE_MS)
  }
  await world.advance(MINUTE_MS)
  away.clear()
  await using running = begin(outside, engine)
  await world.advance(5_000)
  assert.deepEqual(await running.identitiesOf(ANA), ['ana.example at pds.example', 'anna.example at pds.example'])
  assert.deepEqual(await running.due(), [])
})

test('news about somebody who rests on disk are looked at at once', async () => {
  const outside = await openOutside()
  const { world, away, people } = outside
  await using engine = openMemoryEngine({ world })
  await using running = begin(outside, engine)
  await running.join(ANA)
  away.add('ana.example')
  await running.announce(ANA)
  await world.advance(HOUR_MS)
  people.get(ANA)!.handle = 'anna.example'
  await running.announce(ANA)
  await world.advance(1_000)
  assert.deepEqual(await running.identitiesOf(ANA), ['ana.example at pds.example', 'anna.example at pds.example'])
  assert.deepEqual(await running.due(), [])
})

test('of somebody new is in the log at once where they live, and the handle when its host answers', async () => {
  const outside = await openOutside()
  const { world, away } = outside
  await using engine = openMemoryEngine({ world })
  await using running = begin(outside, engine)
  away.add('ana.example')
  await running.join(ANA)
  assert.deepEqual(await running.identitiesOf(ANA), ['none at pds.example'])
  await world.advance(MINUTE_MS)
  away.clear()
  await world.advance(2 * MINUTE_MS)
  assert.deepEqual(await running.identitiesOf(ANA), ['none at pds.example', 'ana.example at pds.example'])
})

test('a handle that leads elsewhere is taken away', async () => {
  const outside = await openOutside()
  const { world, named } = outside
  await using engine = openMemoryEngine({ world })
  await using running = begin(outside, engine)
  await running.join(ANA)
  named.set('ana.example', BEN)
  await running.announce(ANA)
  await world.advance(1_000)
  assert.deepEqual(await running.identitiesOf(ANA), ['ana.example at pds.example', 'none at pds.example'])
  assert.deepEqual(await running.due(), [])
})

test('of many news within a minute the last is in the log within a minute, and few questions are asked', async () => {
  const outside = await openOutside()
  const { world, people } = outside
  await using engine = openMemoryEngine({ world })
  await using running = begin(outside, engine)
  await running.join(ANA)
  const before = outside.asked.length
  for (let nth = 0; nth < 20; nth++) {
    people.get(ANA)!.handle = `ana${nth}.example`
    await running.announce(ANA)
    await world.advance(1_000)
  }
  await world.advance(MINUTE_MS)
  assert.equal((await running.identitiesOf(ANA)).at(-1), 'ana19.example at pds.example')
  assert.deepEqual(await running.due(), [])
  assert.ok(outside.asked.length - before <= 10, `asked ${outside.asked.length - before} times`)
})

test('news that come while a lookup is under way are looked at after it, and what it found is in the log before', async () => {
  const outside = await openOutside()
  const { world, people } = outside
  await using engine = openMemoryEngine({ world })
  await using running = begin(outside, engine)
  let told = 0
  outside.onAsked = async (hostname) => {
    if (hostname !== 'ana.example' || told++ > 0) return
    people.get(ANA)!.handle = 'anna.example'
    await running.announce(ANA)
  }
  // The first lookup already asks the handle's host when the handle changes.
  outside.named.set('ana.example', ANA)
  await running.join(ANA)
  assert.deepEqual(await running.identitiesOf(ANA), ['ana.example at pds.example', 'anna.example at pds.example'])
  assert.deepEqual(await running.due(), [])
})

test('what was noted before a kill moves no cursor past frames that were not logged', async () => {
  const outside = await openOutside()
  const { world } = outside
  await using engine = openMemoryEngine({ world })
  {
    await using running = begin(outside, engine)
    await running.join(ANA)
  }
  const before = (await allEvents(openEventLog(engine.log, world))).length
  for (const [what, did] of [
    ['identity', ANA],
    ['repo', BEN],
  ] as const) {
    const mark = { what, did, source: { host: HOST, seq: 1_000 }, saidDeleted: false }
    const key = `ingest/due/${what}/${hash('sha256', did)}`
    await engine.keyValue.put(key, new TextEncoder().encode(JSON.stringify(mark)))
  }
  await using running = begin(outside, engine)
  await world.advance(MINUTE_MS)
  assert.equal((await allEvents(running.eventLog)).length, before + 1, "Ana's identity; Ben waits for the host")
  await world.advance(10 * MINUTE_MS)
  assert.equal((await allEvents(running.eventLog)).length, before + 3, "Ben's repository and identity, host or no host")
  assert.equal(await running.eventLog.cursor(HOST), undefined)
  assert.deepEqual(await running.due(), [])
})
