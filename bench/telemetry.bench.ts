import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openMemoryEngine } from '@waypost/engine'
import { createTelemetry, realWorld, type Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import {
  commitFrame,
  createSignedRepo,
  documentOf,
  generatedEvents,
  generatePeople,
} from '../packages/load/src/index.ts'
import { createEvents } from '../packages/server/src/events.ts'
import { figuresGatherer } from '../packages/server/src/gather-figures.ts'
import { openEventLog } from '../packages/server/src/log/event-log.ts'
import type { IngestEvents } from '../packages/server/src/log/ingest-port.ts'
import { startIngest } from '../packages/server/src/log/ingest.ts'
import { createJourneys } from '../packages/server/src/log/journeys.ts'
import { createObjective } from '../packages/server/src/serve/ops/objective.ts'
import { takePulse } from '../packages/server/src/serve/ops/pulse.ts'
import { createRefusalSamples } from '../packages/server/src/serve/ops/refusal-samples.ts'
import { unheard } from '../packages/server/test/kit/network.ts'
import { identityOf, type Identities } from '../packages/server/src/verify/identity.ts'
import { decodeFrame } from '../packages/server/src/wire/decode-frame.ts'
import { createOutbound } from '../packages/server/src/wire/outbound.ts'
import { median } from './ingest/cpu.ts'
import type { Bench, Figure } from './main.ts'

const HOST = 'https://pds.example'
const PEOPLE = 100
const ENDED_WITHIN_MS = 120_000
/** Until then the code is still being compiled for what it does. */
const WARM_UP_ROUNDS = 5

// What one run leaves behind is not to be cleared away in the next.
setFlagsFromString('--expose_gc')
const clearMemory = runInNewContext('gc') as () => void

/**
 * What telling how the ingest fares costs of its CPU time: the same commits, from the bytes to the log in memory, once
 * with every counter, time and figure of a server, and once with none, by turns in one process. The cheapest log there is,
 * so that the share is the largest.
 */
export const bench: Bench = {
  about: 'CPU time of taking commits in, with all telemetry of a server and without any, by turns',
  async run({ full, note }): Promise<readonly Figure[]> {
    const commits = full ? 6_000 : 2_500
    const rounds = full ? 61 : 31
    const material = await makeMaterial(commits)
    note(`${commits} commits of ${PEOPLE} people, ${rounds} rounds of both`)
    for (let round = 0; round < WARM_UP_ROUNDS; round++)
      for (const isTold of [false, true]) await cpuMicrosEach(material, isTold)
    const shares: number[] = []
    const [quiet, told]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      // Whoever goes second finds a warmer machine: they take turns in that as well.
      const order = round % 2 === 0 ? [false, true] : [true, false]
      for (const isTold of order) (isTold ? told : quiet).push(await cpuMicrosEach(material, isTold))
      shares.push((told.at(-1)! / quiet.at(-1)! - 1) * 100)
    }
    return [
      { name: 'telemetry_overhead', value: median(shares), unit: '% of the CPU time without it', goal: '≤ 3' },
      { name: 'telemetry_overhead_low', value: quartile(shares, 0.25), unit: '%, a quarter of the rounds below' },
      { name: 'telemetry_overhead_high', value: quartile(shares, 0.75), unit: '%, a quarter of the rounds above' },
      { name: 'telemetry_off_cpu_us', value: median(quiet), unit: 'µs a commit' },
      { name: 'telemetry_on_cpu_us', value: median(told), unit: 'µs a commit' },
    ]
  },
}

interface Material {
  readonly frames: readonly Uint8Array[]
  /** Known without asking anybody: the network is none of what is measured. */
  readonly identities: Identities
}

/** In the order of their making, so that every commit follows from the one before. */
async function makeMaterial(count: number): Promise<Material> {
  const people = await generatePeople('telemetry', PEOPLE)
  const { clock, random } = simWorld()
  const documents = new Map(
    people.map(({ did, handle, key }) => [did, documentOf({ did, handle, signingKey: key.did, pds: HOST })] as const),
  )
  const repos = new Map(people.map(({ did, key }) => [did, createSignedRepo({ did, key, clock })] as const))
  const frames: Uint8Array[] = []
  const commitsEach = Math.ceil((2 * count) / PEOPLE)
  for (const event of generatedEvents(people, { random, commitsEach, startMs: Date.UTC(2025, 0, 1) })) {
    if (event.kind !== 'commit') continue
    const commit = await repos
      .get(event.did as Did)!
      .commit(event.writes, event.at === undefined ? {} : { at: event.at })
    frames.push(commitFrame({ seq: frames.length + 1, time: new Date().toISOString() }, commit))
    if (frames.length === count) break
  }
  const known = new Map(
    [...documents].map(([did, document]) => [did, identityOf(did, document as Record<string, unknown>, 0)] as const),
  )
  const identities: Identities = {
    resolve: async (did) => known.get(did)!,
    resolveAnew: async (did) => known.get(did)!,
    forceInMs: () => 0,
    verifiedHandle: async ({ claimedHandle }) => ({ kind: 'holds', handle: claimedHandle! }),
    resolveHandle: () => Promise.reject(new Error('nobody asks')),
    forget() {},
  }
  return { frames, identities }
}

/** One ingest of all of them, from its start to its last entry in the log. */
async function cpuMicrosEach({ frames, identities }: Material, isTold: boolean): Promise<number> {
  const world = realWorld()
  const engine = openMemoryEngine({ world })
  const eventLog = openEventLog(engine.log, world)
  const telemetry = createTelemetry({ level: 'silent' })
  const done = Promise.withResolvers<void>()
  let logged = 0
  const events: IngestEvents = isTold
    ? createEvents(telemetry, { clock: world.clock, journeys: createJourneys(), refusals: createRefusalSamples() })
    : unheard
  const counted: IngestEvents = {
    ...events,
    logged(event, position, passed) {
      events.logged(event, position, passed)
      if (event.kind === 'commit' && ++logged === frames.length) done.resolve()
    },
    refused: ({ reason, detail }) => done.reject(new Error(`refused: ${reason}, ${detail}`)),
  }
  clearMemory()
  const before = process.cpuUsage()
  await using ingest = startIngest({
    world,
    log: telemetry.log,
    eventLog,
    keyValue: engine.keyValue,
    identities,
    outbound: createOutbound({ allowedLoopbackOrigins: [] }),
    hosts: [{ url: HOST, kind: 'pds' }],
    events: counted,
    async *subscribe({ onState }) {
      onState?.('connected', '')
      for (const [index, bytes] of frames.entries()) {
        yield { frame: decodeFrame(bytes), byteLength: bytes.length, receivedAt: world.clock.now(), waiting: 0 }
        if (index % 64 === 0) await nextTurn()
      }
      await done.promise
    },
  })
  const fares = () => ({ hosts: ingest.status(), waiting: ingest.waiting(), threads: [] })
  using _pulse = isTold
    ? takePulse(world, {
        metrics: telemetry.metrics,
        objective: createObjective(),
        gather: figuresGatherer({
          world,
          events: events as ReturnType<typeof createEvents>,
          eventLog,
          ingesting: { fares, unsynchronized: () => ingest.unsynchronized() },
        }),
      })
    : undefined
  const late = new AbortController()
  void world.timers.sleep(ENDED_WITHIN_MS, late.signal).then(() => done.reject(new Error(`${logged} were logged`)))
  await Promise.race([done.promise, ingest.finished])
  late.abort()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / frames.length
}

function quartile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!
}
