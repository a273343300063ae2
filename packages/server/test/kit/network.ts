import type { Engine } from '@waypost/engine'
import { createTelemetry, ok, realWorld, type Did, type World } from '@waypost/kernel'
import {
  createSignedRepo,
  deriveSigningKey,
  startDocumentDirectory,
  startFakeHost,
  type DocumentDirectory,
  type FakeHost,
  type SignedRepo,
} from '@waypost/load'
import { createOutbound, type Outbound } from '#wire/outbound.ts'
import type { EventBody } from '#verify/event.ts'
import { createIdentities, type Identities } from '#verify/identity.ts'
import type { Refusal } from '#verify/refusal.ts'
import { openEventLog } from '#log/event-log.ts'
import { startIngest } from '#log/ingest.ts'
import type { Ingest, IngestEvents, IngestOptions } from '#log/ingest-port.ts'
import type { EventLog } from '#log/log.ts'

/** The real world in which every wait below `belowMs` is a hundredth as long, so that retries show in a test. */
export function hurriedWorld({ belowMs = Infinity } = {}): World {
  const world = realWorld()
  const { sleep, every } = world.timers
  return {
    ...world,
    timers: {
      sleep: (delayMs, signal) => sleep(delayMs < belowMs ? delayMs / 100 : delayMs, signal),
      every: (periodMs, action) => every(periodMs / 100, action),
    },
  }
}

/** A directory and one host, on 127.0.0.1. */
export interface Network extends AsyncDisposable {
  readonly world: World
  readonly directory: DocumentDirectory
  readonly host: FakeHost
  /** An account with an empty repository. */
  join(did: Did, options?: { handle?: string; seed?: string; curve?: 'k256' | 'p256' }): Promise<SignedRepo>
}

export async function openNetwork(): Promise<Network> {
  const world = hurriedWorld()
  const directory = await startDocumentDirectory()
  const host = await startFakeHost({ world })
  return {
    world,
    directory,
    host,
    async join(did, { handle = `${did.slice(8, 14)}.test`, seed = did, curve = 'k256' } = {}) {
      const key = await deriveSigningKey(seed, curve)
      const repo = createSignedRepo({ did, key, clock: world.clock })
      directory.put({ did, handle, signingKey: key.did, pds: host.url })
      host.addAccount({ did, handle, repo })
      return repo
    },
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

/** What the ingest tells, told to nobody. */
export const unheard: IngestEvents = {
  frameReceived() {},
  frameForeign() {},
  refused() {},
  logged() {},
  batchLogged() {},
  engineFailed() {},
  connection() {},
  hostSaid() {},
  repair() {},
  reconciled() {},
}

/** An ingest of the network's host into an engine, and what it said. */
export interface Watched extends AsyncDisposable {
  readonly ingest: Ingest
  readonly eventLog: EventLog
  readonly identities: Identities
  readonly refusals: readonly Refusal[]
  readonly repairs: readonly string[]
  /** Resolves once all of the host's frames so far are settled and nobody is due any more. */
  settled(): Promise<void>
}

export function watch(
  network: Pick<Network, 'world'> & {
    readonly host: Pick<FakeHost, 'url' | 'emitted'>
    readonly directory: Pick<DocumentDirectory, 'url'>
  },
  engine: Engine,
  options: Partial<Omit<IngestOptions, 'events'>> = {},
  heard: Partial<IngestEvents> = {},
): Watched {
  const { world, host, directory } = network
  const outbound = options.outbound ?? createOutbound({ allowedLoopbackOrigins: 'any-loopback' })
  const identities = createIdentities({ world, outbound, plcUrl: directory.url, handlesAtPds: host.url })
  const eventLog = openEventLog(engine.log, world)
  const refusals: Refusal[] = []
  const repairs: string[] = []
  const events: IngestEvents = {
    ...unheard,
    refused: (refusal) => void refusals.push(refusal),
    repair: (outcome) => void repairs.push(outcome),
    ...heard,
  }
  const ingest = startIngest({
    world,
    log: createTelemetry({ level: 'silent' }).log,
    eventLog,
    keyValue: engine.keyValue,
    identities,
    outbound,
    hosts: [{ url: host.url }],
    events,
    ...options,
  })
  return {
    ingest,
    eventLog,
    identities,
    refusals,
    repairs,
    async settled() {
      const isSettled = async (): Promise<boolean> => {
        const status = ingest.status().find(({ url }) => url === host.url)
        if ((status?.cursor ?? 0) < host.emitted.frames) return false
        return (await engine.keyValue.list('ingest/due/')).length === 0
      }
      for (let turn = 0; turn < 2_000; turn++) {
        if (await isSettled()) return
        await realWorld().timers.sleep(5)
      }
      throw new Error(`not settled: ${JSON.stringify(ingest.status())} ${JSON.stringify(repairs)}`)
    },
    [Symbol.asyncDispose]: () => ingest[Symbol.asyncDispose](),
  }
}

/** The network as it is, but that some questions are not passed on. */
export function behind(
  answered: (url: URL) => Promise<{ status: number; json: object; headers?: Record<string, string> } | undefined>,
): Outbound {
  const open = createOutbound({ allowedLoopbackOrigins: 'any-loopback' })
  return {
    ...open,
    async fetch(address, options) {
      const answer = await answered(new URL(address))
      if (!answer) return open.fetch(address, options)
      const body = new TextEncoder().encode(JSON.stringify(answer.json))
      return ok({ status: answer.status, headers: new Headers(answer.headers), body })
    },
  }
}

/** Asks again and again, for at most 5 s. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (let turn = 0; turn < 1_000; turn++) {
    if (await isSo()) return
    await realWorld().timers.sleep(5)
  }
  throw new Error(`not so after 5 s: ${what}`)
}

/** All events of a log, in order. */
export async function allEvents(eventLog: EventLog): Promise<readonly EventBody[]> {
  const all: EventBody[] = []
  let after = 0
  for (;;) {
    const { events, through } = await eventLog.read(after, 1_000)
    all.push(...events.map(({ event }) => event))
    if (through === after) return all
    after = through
  }
}

/** What a reader of the log believes of one person. */
export interface Believed {
  readonly rev: string | undefined
  readonly active: boolean
  readonly status: string | undefined
  readonly handle: string | undefined
  /** CIDs by `collection/rkey`, valid records only. */
  readonly records: Readonly<Record<string, string>>
}

/** How many of a person's records a reader of the log believes in. */
export async function recordsOf({ eventLog }: Pick<Watched, 'eventLog'>, did: Did): Promise<number> {
  return Object.keys(fold(await allEvents(eventLog))[did]?.records ?? {}).length
}

/** Folds events the way that projections do: guarded by (did, rev), a whole repository replaces all. */
export function fold(events: readonly EventBody[]): Readonly<Record<Did, Believed>> {
  const people = new Map<
    Did,
    { rev?: string; head: EventBody['head']; handle?: string; records: Map<string, string> }
  >()
  for (const event of events) {
    const person = people.get(event.did) ?? { head: event.head, records: new Map<string, string>() }
    people.set(event.did, person)
    if (event.kind === 'account' && event.head.status === 'deleted') {
      person.records.clear()
      delete person.rev
      delete person.handle
    }
    if (event.kind === 'identity') {
      if (event.handle === undefined) delete person.handle
      else person.handle = event.handle
    }
    if (event.kind === 'commit' || event.kind === 'repo') {
      if (
        person.rev !== undefined &&
        (event.rev < person.rev || (event.kind === 'commit' && event.rev === person.rev))
      ) {
        continue
      }
      if (event.kind === 'repo') person.records.clear()
      for (const op of event.kind === 'repo' ? event.records : event.ops) {
        const path = `${op.collection}/${op.rkey}`
        if (op.action === 'put' && op.valid) person.records.set(path, op.cid)
        else person.records.delete(path)
      }
      person.rev = event.rev
    }
    person.head = event.head
  }
  const believed: Record<Did, Believed> = {}
  for (const [did, { rev, head, handle, records }] of [...people].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const { active, status } = head
    const sorted = Object.fromEntries([...records].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    believed[did] = { rev, active, status, handle, records: sorted }
  }
  return believed
}

/** The same engine, but that of its log's appends the first so many fail. */
export function faltering(engine: Engine, failures: number): Engine {
  let left = failures
  return {
    ...engine,
    log: new Proxy(engine.log, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (name === 'append' && left-- > 0) return () => Promise.reject(new Error('no quorum'))
        return typeof value === 'function' ? value.bind(target) : value
      },
    }),
    async [Symbol.asyncDispose]() {},
  }
}

/** The same engine behind a wire that can be cut: afterwards no call ever answers, as after a power cut. */
export function severable(engine: Engine): { readonly engine: Engine; cut(): void } {
  let isCut = false
  const behindWire = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown =>
          isCut ? new Promise(() => {}) : (value as (...args: unknown[]) => unknown).apply(target, args)
      },
    })
  return {
    engine: {
      ...engine,
      log: behindWire(engine.log),
      keyValue: behindWire(engine.keyValue),
      async [Symbol.asyncDispose]() {},
    },
    cut: () => void (isCut = true),
  }
}
