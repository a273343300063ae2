import { isTid, ok, refuse, splitAtUri, tidMicros, type Result } from '@waypost/kernel'
import type { Position } from '@waypost/engine'
import type { FollowedCheckin, FollowedStep } from '@waypost/lexicon/ops-state'
import type { Journeys } from '#log/journeys.ts'
import type { EventLog, LoggedEvent } from '#log/log.ts'
import type { CommittedBatch } from '#project/projector.ts'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import type { ReplicaState } from '#serve/links/replicas.ts'

/*
 * One check-in on its way: the commit at its author's server, then every stage, as far as this process knows. What it
 * measured itself it knows of the newest events; of older ones the log says when they were taken in. Other processes are
 * known by what they say of themselves: how far their read models are.
 */

const STEPS = [
  'committed',
  'received',
  'verified',
  'logged',
  'projected',
  'delivered',
] as const satisfies readonly FollowedStep['step'][]

export interface CheckinFollower {
  /** After each batch of the projector. */
  follow(batch: Pick<CommittedBatch, 'changes'>): void
  find(uri: string): Promise<Result<FollowedCheckin, XrpcFault>>
}

export interface FollowingParts {
  readonly eventLog: Pick<EventLog, 'read' | 'head'>
  readonly journeys: Journeys
  readonly isVisible: (uri: string) => boolean
  readonly position: () => Position
  readonly replicas: () => readonly ReplicaState[]
}

/** The positions of so many check-ins are known without searching. */
const CHECKINS_HELD = 20_000
/** From a while before a record's key says it was made, so many entries of the log are searched for it. */
const SEARCHED_BEFORE_MS = 60_000
const SEARCHED_ENTRIES_MAX = 20_000
const ENTRIES_PER_READ = 512
/** Among so many there is an event, and not only how far hosts were read. */
const ENTRIES_PER_GUESS = 64

export function createCheckinFollower(parts: FollowingParts): CheckinFollower {
  const { eventLog, journeys, position, replicas } = parts
  const positions = new Map<string, Position>()

  async function entryAt(at: Position): Promise<LoggedEvent | undefined> {
    const { events } = await eventLog.read(at - 1, 1)
    return events[0]?.position === at ? events[0] : undefined
  }

  async function search(did: string, collection: string, rkey: string): Promise<LoggedEvent | undefined> {
    if (!isTid(rkey)) return undefined
    const from = await firstSince(tidMicros(rkey) / 1_000 - SEARCHED_BEFORE_MS)
    for (let after = from, searched = 0; searched < SEARCHED_ENTRIES_MAX; searched += ENTRIES_PER_READ) {
      const { events, through } = await eventLog.read(after, ENTRIES_PER_READ)
      const found = events.find((logged) => logged.event.did === did && brings(logged, collection, rkey))
      if (found) return found
      if (through === after) return undefined
      after = through
    }
    return undefined
  }

  /** The position before the first entry that was taken in since then; times rise along the log, but for the clock's steps. */
  async function firstSince(atMs: number): Promise<Position> {
    let [low, high] = [0, await eventLog.head()]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const { events } = await eventLog.read(middle, ENTRIES_PER_GUESS)
      if (events[0] !== undefined && events[0].receivedAt < atMs) low = events[0].position
      else high = middle
    }
    return low
  }

  return {
    follow({ changes }) {
      for (const { uri, position: at } of changes) {
        positions.delete(uri)
        positions.set(uri, at)
      }
      for (const uri of positions.keys()) {
        if (positions.size <= CHECKINS_HELD) return
        positions.delete(uri)
      }
    },

    async find(uri) {
      const named = splitAtUri(uri)
      if (!named)
        return refuse(xrpcFault(400, 'InvalidRequest', 'not an address of a record: at://did/collection/rkey'))
      const { did, collection, rkey } = named
      const known = positions.get(uri)
      const logged = (known === undefined ? undefined : await entryAt(known)) ?? (await search(did, collection, rkey))
      const hasIt = (at: Position | undefined): boolean => logged !== undefined && (at ?? -1) >= logged.position
      const all = replicas()
      return ok({
        uri,
        isVisible: parts.isVisible(uri),
        ...(logged && { logged: describe(logged) }),
        steps: stepsOf(logged, logged && journeys.of(logged.position)),
        replicas:
          all.length === 0
            ? [{ id: '', isSelf: true, hasIt: hasIt(position()) }]
            : all
                .filter((each) => each.position !== undefined)
                .map((each) => ({ id: each.id, isSelf: each.isSelf, hasIt: hasIt(each.position) })),
      })
    },
  }
}

function describe({ position, event }: LoggedEvent): NonNullable<FollowedCheckin['logged']> {
  const { kind, source } = event
  return { position, kind, ...source, ...('rev' in event && { rev: event.rev }) }
}

function stepsOf(logged: LoggedEvent | undefined, journey: ReturnType<Journeys['of']>): readonly FollowedStep[] {
  const times = {
    ...(logged && 'rev' in logged.event && { committed: tidMicros(logged.event.rev) / 1_000 }),
    received: journey?.receivedAt,
    verified: journey?.verifiedAt,
    logged: journey?.loggedAt,
    projected: journey?.projectedAt,
    delivered: journey?.deliveredAt,
  }
  return STEPS.map((step) => {
    const atMs = times[step]
    if (atMs !== undefined) return { step, atMs, by: step === 'committed' ? 'rev' : 'process' }
    return step === 'logged' && logged ? { step, atMs: logged.receivedAt, by: 'log' } : { step }
  })
}

function brings({ event }: LoggedEvent, collection: string, rkey: string): boolean {
  const puts = event.kind === 'commit' ? event.ops : event.kind === 'repo' ? event.records : []
  return puts.some((put) => put.collection === collection && put.rkey === rkey)
}
