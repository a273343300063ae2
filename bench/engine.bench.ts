import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { realWorld } from '@waypost/kernel'
import { openEmbeddedEngine, openNatsEngine, type Log } from '@waypost/engine'
import { startNatsServers, type NatsServers } from '../packages/engine/test/kit/nats-servers.ts'
import { findNatsServer } from '../tools/nats-server.ts'
import type { Bench, Figure } from './main.ts'

const PEOPLE = 20_000
const BODY = new Uint8Array(500).fill(7)
/** Calls under way at once, of different people. */
const AT_ONCE = 512
const ROUNDS = 5

/** Appends one entry; `at` numbers it. */
type Append = (at: number) => Promise<unknown>

/** Appends of single entries, as they come from many people at once, and the same by the bare client, side by side. */
export const bench: Bench = {
  about: 'durable appends of single 500-byte entries, 512 at once: embedded, NATS on one server and on three',
  parts: ['embedded', 'nats1', 'nats3'],
  async run({ full, only, note }) {
    const entries = full ? 50_000 : 10_000
    const figures: Figure[] = []
    if (only === undefined || only === 'embedded') figures.push(...(await embedded(entries)))
    const program = findNatsServer()
    if (program === undefined) note('no nats-server 2.15.1 here: its parts are left out')
    for (const count of program === undefined ? [] : [1, 3]) {
      if (only === undefined || only === `nats${count}`) figures.push(...(await onNats(program!, { count, entries })))
    }
    return figures
  },
}

async function embedded(entries: number): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
  try {
    await using engine = await openEmbeddedEngine({ folder, world: realWorld() })
    const rounds: Measured[] = []
    for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(appendTo(engine.log), { round, entries }))
    return figuresOf('embedded', rounds)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function onNats(program: string, options: { count: number; entries: number }): Promise<readonly Figure[]> {
  const { count, entries } = options
  const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
  try {
    await using nats = await startNatsServers(program, { count })
    const { servers, monitors } = nats
    await using engine = await openNatsEngine({ world: realWorld(), folder, servers, monitors })
    await using bare = await openBare(nats, count)
    const ours: Measured[] = []
    const theirs: Measured[] = []
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await measure(appendTo(engine.log), { round, entries }))
      theirs.push(await measure(bare.append, { round, entries }))
    }
    // Each round beside its own neighbour: what else the machine does then falls on both.
    const ratios = ours.map(({ perSecond }, round) => perSecond / theirs[round]!.perSecond)
    return [
      ...figuresOf(`nats${count}`, ours),
      ...figuresOf(`bare${count}`, theirs),
      { name: `nats${count}_to_bare`, value: median(ratios), unit: '×', goal: '0.8 or more' },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The client as it comes: the same bytes, acknowledged one by one, with a message id. */
async function openBare({ servers }: NatsServers, count: number): Promise<AsyncDisposable & { append: Append }> {
  const nats = await connect({ servers: servers.map((url) => new URL(url).host) })
  const manager = await jetstreamManager(nats)
  await manager.streams.add({ name: 'bare', subjects: ['bare.>'], num_replicas: count, discard: 'new' })
  const js = jetstream(nats)
  return {
    append: (at) => js.publish(`bare.${at % PEOPLE}`, BODY, { msgID: `bare-${at}` }),
    [Symbol.asyncDispose]: () => nats.close(),
  }
}

function appendTo(log: Log): Append {
  return (at) => {
    const key = `did:plc:${(at % PEOPLE).toString(36).padStart(24, 'q')}`
    const id = `commit:${at.toString(36).padStart(13, '2')}`
    return log.append([{ key, id, source: { host: 'relay.example', seq: at }, body: BODY }])
  }
}

interface Measured {
  readonly perSecond: number
  readonly latenciesMs: readonly number[]
}

async function measure(append: Append, { round, entries }: { round: number; entries: number }): Promise<Measured> {
  const latenciesMs: number[] = []
  let next = 0
  async function work(): Promise<void> {
    while (next < entries) {
      const at = round * entries + next++
      const began = performance.now()
      await append(at)
      latenciesMs.push(performance.now() - began)
    }
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { perSecond: (entries / (performance.now() - began)) * 1_000, latenciesMs }
}

function figuresOf(name: string, rounds: readonly Measured[]): readonly Figure[] {
  const latencies = rounds.flatMap((round) => round.latenciesMs).toSorted((a, b) => a - b)
  return [
    { name: `${name}_append_per_s`, value: median(rounds.map((round) => round.perSecond)), unit: 'entries/s' },
    { name: `${name}_p50_ms`, value: latencies[Math.floor(latencies.length * 0.5)]!, unit: 'ms' },
    { name: `${name}_p99_ms`, value: latencies[Math.floor(latencies.length * 0.99)]!, unit: 'ms' },
  ]
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
