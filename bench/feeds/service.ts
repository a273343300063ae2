import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realWorld } from '@waypost/kernel'
import { openEmbeddedEngine } from '@waypost/engine'
import { openEventLog } from '../../packages/server/src/log/event-log.ts'
import { openReadModel } from '../../packages/server/src/project/read-model.ts'
import { rebuild } from '../../packages/server/src/project/rebuild.ts'
import { startProjector, type Projector } from '../../packages/server/src/project/projector.ts'
import { openQueries } from '../../packages/server/src/query/queries.ts'
import { liveListener } from '../../packages/server/src/serve/live/feed.ts'
import { createTail, TICK_MS, type Tail } from '../../packages/server/src/serve/live/tail.ts'
import { scanBlock } from '../../packages/server/src/verify/blocks.ts'
import type { VerifiedEvent } from '../../packages/server/src/verify/event.ts'
import { checkRecord } from '../../packages/server/src/verify/record.ts'
import { createFragments } from '../../packages/server/src/view/fragments.ts'
import { viewCheckins } from '../../packages/server/src/view/page.ts'
import type { BenchOptions, Figure } from '../main.ts'
import { costOf, median, type Cost } from './cost.ts'
import { makeNetwork, WHOLE } from './network.ts'
import { bareRows, insertOwnRows, insertRows } from './service-rows.ts'
import { EMPTY_DIRECTORY } from '../../packages/server/src/query/directory/place-port.ts'

/** Entries of one commit of the log. */
const CHECKINS_PER_COMMIT = 1_000
/** Half of all check-ins are the first part, after which caches are those of a server that runs. */
const PARTS = 2
const LIVE_FOLLOWERS = 10
const TIMELINES = 500
const COLLECTION = 'app.waypost.checkin'

/**
 * Durable check-ins through the whole service (lexicon, log, projection, live followers and timelines of people who are
 * online) against a bare loop of `node:sqlite`. Equal are: the data; the two files as they were before, with the same
 * tables, indexes and pragmas (log with synchronous FULL, read model with NORMAL, both WAL); the rows that are new
 * afterwards, those of the indexes of words and areas too; the rows of people, places and the log's subjects that
 * change, written once in each transaction that changes them; how many check-ins a transaction of each file holds (of
 * the read model as many as the service's own had on average). The peer got all of it as plain arrays, decides nothing
 * and reads nothing. Both go through a first part that fills their caches; `_first` are the figures of that part alone.
 * The harder figure beside them is against the check-in's own row alone: 10 columns, 3 more indexes, synchronous FULL.
 * Signatures are no part of it, nor HTTP.
 */
export async function service({ full, note }: BenchOptions): Promise<readonly Figure[]> {
  const part = full ? 1 / 5 : 1 / 25
  const checkins = (full ? 50_000 : 10_000) * PARTS
  const rounds = full ? 3 : 2
  const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
  try {
    const events = await prepare(join(folder, 'before'), { part, checkins })
    const fresh = (name: string): string => {
      const path = join(folder, name)
      rmSync(path, { recursive: true, force: true })
      cpSync(join(folder, 'before'), path, { recursive: true })
      return path
    }
    const after = fresh('after')
    const { batches } = await serve(after, events)
    const rows = bareRows({ before: join(folder, 'before'), after })
    const per = { log: CHECKINS_PER_COMMIT, readModel: Math.ceil(checkins / batches), parts: PARTS }
    note(`service: for ${checkins} check-ins ${rows.about}; ${batches} transactions of the read model`)
    const subjects = {
      service: async () => (await serve(fresh('run'), events)).costs,
      bare: () => insertRows(fresh('run'), rows, per),
      own: () => insertOwnRows(fresh('run'), rows, per),
    }
    const costs: Record<keyof typeof subjects, (readonly Cost[])[]> = { service: [], bare: [], own: [] }
    for (let round = 0; round < rounds; round++) {
      for (const name of ['service', 'bare', 'own', 'own', 'bare', 'service'] as const) {
        costs[name].push(await subjects[name]())
      }
    }
    return figuresOf(costs, checkins / PARTS)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function figuresOf(
  costs: Readonly<Record<'service' | 'bare' | 'own', readonly (readonly Cost[])[]>>,
  checkins: number,
): Figure[] {
  const perSecond = (name: keyof typeof costs, of: keyof Cost, part = PARTS - 1): number =>
    checkins / median(costs[name].map((parts) => parts[part]![of]))
  const ratio = (peer: 'bare' | 'own', of: keyof Cost, part?: number): number =>
    perSecond('service', of, part) / perSecond(peer, of, part)
  return [
    { name: 'service_vs_bare_sqlite', value: ratio('bare', 'cpu'), unit: '×, CPU time', goal: '≥ 0.6' },
    { name: 'service_vs_bare_sqlite_first', value: ratio('bare', 'cpu', 0), unit: '×, CPU time, caches empty' },
    { name: 'service_vs_bare_sqlite_wall', value: ratio('bare', 'wall'), unit: '×, by the clock' },
    { name: 'service_vs_bare_own_row', value: ratio('own', 'cpu'), unit: '×, CPU time, one row and 3 indexes' },
    { name: 'service_per_s', value: perSecond('service', 'cpu'), unit: 'check-ins a CPU second' },
    { name: 'service_first_per_s', value: perSecond('service', 'cpu', 0), unit: 'check-ins a CPU second' },
    { name: 'bare_sqlite_per_s', value: perSecond('bare', 'cpu'), unit: 'check-ins a CPU second' },
    { name: 'bare_own_row_per_s', value: perSecond('own', 'cpu'), unit: 'check-ins a CPU second' },
  ]
}

/** A log and a read model of the network but for its newest check-ins, which it answers. */
async function prepare(
  folder: string,
  { part, checkins }: { readonly part: number; readonly checkins: number },
): Promise<readonly VerifiedEvent[]> {
  const network = makeNetwork({
    people: Math.round(WHOLE.people * part),
    checkins: Math.round(WHOLE.checkins * part) + checkins,
    follows: Math.round(WHOLE.follows * part),
  })
  mkdirSync(folder)
  const events = [...network.events()]
  const valid = events.filter(isValidCheckin).slice(-checkins)
  // Follows among the newest are left out: each commit has to be newer than its author's last one.
  const before = events.slice(0, events.indexOf(valid[0]!))
  const world = realWorld()
  {
    await using engine = await openEmbeddedEngine({ folder, world })
    const eventLog = openEventLog(engine.log, world)
    for (let at = 0; at < before.length; at += CHECKINS_PER_COMMIT) {
      await eventLog.append(before.slice(at, at + CHECKINS_PER_COMMIT))
    }
    await rebuild({ eventLog, folder })
  }
  return valid
}

/** The stages of the way as the server wires them, from verified commits on. */
async function serve(folder: string, events: readonly VerifiedEvent[]): Promise<Served> {
  const world = realWorld()
  await using opened = new AsyncDisposableStack()
  const engine = opened.use(await openEmbeddedEngine({ folder, world }))
  const eventLog = openEventLog(engine.log, world)
  const readModel = opened.use(openReadModel({ folder }))
  const projector = opened.use(startProjector({ world, eventLog, readModel }))
  const queries = opened.use(openQueries({ readModel, directory: EMPTY_DIRECTORY }))
  const fragments = createFragments(queries)
  projector.subscribe((batch) => {
    queries.follow(batch)
    fragments.follow(batch)
  })
  await queries.loadPoints(() => new Promise((resolve) => setImmediate(resolve)))
  for (let person = 1; person <= TIMELINES; person++) queries.timeline(person, { limit: 50 })
  const tail = opened.use(createTail(world))
  tail.begin(projector.position())
  projector.subscribe(
    liveListener(world, { tail, views: (ids) => viewCheckins(queries, ids, undefined), fresh: () => {} }),
  )
  const told = followLive(tail)
  let batches = 0
  projector.subscribe(() => void batches++)
  const costs: Cost[] = []
  const size = events.length / PARTS
  for (let part = 0; part < PARTS; part++) {
    const given = events.slice(size * part, size * (part + 1))
    const act = async (): Promise<void> => {
      for (let at = 0; at < given.length; at += CHECKINS_PER_COMMIT) {
        const some = given.slice(at, at + CHECKINS_PER_COMMIT)
        assert(some.every(isValidCheckin), 'all of them are check-ins')
        await eventLog.append(some)
      }
      const head = await eventLog.head()
      await reached(projector, head)
      while (told().some((position) => position !== head)) await world.timers.sleep(TICK_MS)
    }
    costs.push(await costOf(act))
  }
  return { costs, batches }
}

interface Served {
  /** Of each part. */
  readonly costs: readonly Cost[]
  /** Transactions of the read model. */
  readonly batches: number
}

/** As `verify` asks it of each record. */
function isValidCheckin(event: VerifiedEvent): boolean {
  const op = event.kind === 'commit' ? event.ops[0] : undefined
  if (op?.action !== 'put' || op.collection !== COLLECTION) return false
  const scanned = scanBlock(op.record)
  return scanned.ok && checkRecord(COLLECTION, op.rkey, scanned.value).ok
}

/** Answers up to which position each follower has been told. */
function followLive(tail: Tail): () => readonly number[] {
  const newest: (Uint8Array | undefined)[] = []
  for (let nth = 0; nth < LIVE_FOLLOWERS; nth++) {
    const write = (bytes: Uint8Array): void => void (newest[nth] = bytes)
    const letGo = (): void => assert.fail('nobody is too slow')
    tail.follow({ format: 'event-stream', write, buffered: () => 0, letGo, end() {}, beat() {} }, undefined)
  }
  return () => newest.map((bytes) => (bytes === undefined ? Number.NaN : positionIn(bytes)))
}

/** Of the last event in a piece of the stream. */
function positionIn(bytes: Uint8Array): number {
  const stream = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const at = stream.lastIndexOf('\nid: ')
  return at === -1 ? Number.NaN : Number.parseInt(stream.toString('latin1', at + 5, at + 25), 10)
}

async function reached(projector: Projector, head: number): Promise<void> {
  if (projector.position() >= head) return
  await new Promise<void>((resolve) => {
    projector.subscribe(({ through }) => {
      if (through >= head) resolve()
    })
  })
}
