import { atMost, type Did } from '@waypost/kernel'
import type { CommitFrame } from '#wire/frame.ts'
import type { Received } from '#wire/subscription.ts'
import { checksHere } from '#verify/check-pool.ts'
import { makesMember, splitPath } from '#verify/collections.ts'
import type { RepoHead, VerifiedEvent } from '#verify/event.ts'
import type { Refusal } from '#verify/refusal.ts'
import { createVerifier } from '#verify/verify.ts'
import { openDueList } from '#log/ingest-due.ts'
import { createHosts, type SequencedFrame, type Stream } from '#log/ingest-hosts.ts'
import { createIdentityLookups } from '#log/ingest-identity.ts'
import { createPatience, Stopped, warnOfEngine } from '#log/patience.ts'
import { createPeople, type Person } from '#log/ingest-people.ts'
import type { Ingest, IngestOptions } from '#log/ingest-port.ts'
import { createReconciler } from '#log/ingest-reconcile.ts'
import { createRepairs, syncStateOf } from '#log/ingest-repair.ts'
import { openWindow } from '#log/ingest-window.ts'

/** After a frame of a member's was refused, their PDS is asked what is true; again only after this long. */
const SUSPICION_MS = 60_000
/** Past this many the oldest suspicion is forgotten. */
const SUSPICIONS_MAX = 10_000
/** Of gaps that a host tells of within this time only the first is told on. */
const GAP_EVERY_MS_MIN = 10 * 60_000
/** On disposal, work that hangs on the network is waited for no longer. */
const FAREWELL_MS_MAX = 2_000

/**
 * The loop between the network and the log.
 * In: frames of any number of hosts. Out: in the log, every verified event of every member; beside it, refusals.
 * Promise: a host's cursor passes only what is in the log, was refused, concerns nobody of ours, or is durably noted
 * as due for repair. Work on one person is in order; nobody waits for anybody else's PDS. Memory is bounded.
 * Longer than most functions: it ties one state together, and each of the functions inside is short.
 */
export function startIngest(options: IngestOptions): Ingest {
  const { world, log, eventLog, events, identities, outbound, checks = checksHere, subscribe } = options
  const ending = new AbortController()
  const signal = options.signal ? AbortSignal.any([ending.signal, options.signal]) : ending.signal
  const suspectedAt = new Map<Did, number>()
  const gapAt = new Map<string, number>()
  const finished = Promise.withResolvers<void>()
  // Whoever does not look at it must not be brought down by it before the process ends in order.
  finished.promise.catch(() => {})

  function fail(error: unknown): void {
    if (error instanceof Stopped) return
    log.fatal({ err: error }, 'the ingest met a fault of our own')
    finished.reject(error)
    ending.abort()
  }

  const warn = warnOfEngine(log)
  const patience = createPatience({
    world,
    signal,
    failed(what, error) {
      events.engineFailed(what)
      warn(what, error)
    },
  })
  const verifier = createVerifier({ world, identities, outbound, checks })
  const people = createPeople({
    repoHead: (did) => patience('read a head', () => eventLog.repoHead(did)),
    people: (after, limit) => patience('list members', () => eventLog.people(after, limit)),
  })
  const due = openDueList(options.keyValue, patience)
  const window = openWindow({
    world,
    log,
    eventLog,
    onLogged: events.logged,
    onBatch: events.batchLogged,
    onUnavailable: () => events.engineFailed('append'),
    onFailure: fail,
  })
  const lookups = createIdentityLookups({
    world,
    signal,
    verifier,
    identities,
    window,
    people,
    due,
    onGone: (person, source) => repairs.start(person, { source, fresh: true }),
    onFailure: fail,
  })
  const repairs = createRepairs({
    world,
    log,
    signal,
    verifier,
    identities,
    eventLog,
    window,
    people,
    due,
    patience,
    events,
    judge,
    onAdopted: (person, { host }) => lookups.start(person, { host, why: 'new' }),
    onEnded: (person) => lookups.end(person),
    departures: options.departures,
    onFailure: fail,
  })

  const reconciler = createReconciler({
    world,
    log,
    signal,
    eventLog,
    verifier,
    people,
    patience,
    repairs,
    lookups,
    shown: options.shown,
    events,
    isCatchingUp: () => hosts.isCatchingUp(),
  })
  const hosts = createHosts({
    world,
    log,
    signal,
    outbound,
    eventLog,
    window,
    patience,
    events,
    subscribe,
    take,
    onGap({ host, kind }) {
      reconciler.afterGap()
      const now = world.clock.elapsed()
      if (now - (gapAt.get(host) ?? -Infinity) < GAP_EVERY_MS_MIN) return
      gapAt.set(host, now)
      options.onGap?.(host, kind)
    },
    onFailure: fail,
  })

  /** What one frame comes to, in the person's turn. */
  async function judge(person: Person, frame: SequencedFrame, stream: Stream): Promise<readonly VerifiedEvent[]> {
    const { head, repair } = person
    const source = { host: stream.name, seq: frame.seq }
    if (repair) {
      // The repair finds out what is true; what was said meanwhile may make it look closer.
      if (!(await mayTell(stream, frame))) return []
      if (frame.kind === 'account')
        await repairs.tell(person, repair, { active: frame.active, status: frame.status, by: stream })
      else if (frame.kind === 'identity') await lookups.start(person, { host: stream.name, why: 'news' })
      else repairs.wait(repair, frame, stream)
      return []
    }
    if (!head) return frame.kind === 'commit' && isOfMember(frame) ? welcome(person, frame, stream) : passBy(frame)
    switch (frame.kind) {
      case 'commit':
        return judgeCommit(person, head, frame, stream)
      case 'sync': {
        const found = await verifier.sync(frame, { speaker: stream, head })
        if (!found.ok) return doubt(person, found.error, frame, stream)
        if (found.value === 'different') {
          events.refused({ reason: 'chain-broken', detail: '#sync', did: frame.did, seq: frame.seq }, stream.host)
          await repairs.start(person, { source, broken: true, frame, stream })
        }
        return []
      }
      case 'account': {
        const isNews = frame.active !== head.active || (!frame.active && frame.status !== head.status)
        if (!isNews || !(await mayTell(stream, frame))) return []
        const claim = { active: frame.active, status: frame.status, by: stream }
        await repairs.start(person, { source, fresh: true, claim, stream })
        return []
      }
      case 'identity':
        if (await mayTell(stream, frame)) await lookups.start(person, { host: stream.name, why: 'news' })
        return []
    }
  }

  /**
   * Whether to act on what a host says of somebody. Where nobody can say whether it may speak, what it says is only a
   * reason to ask at the source, and that is asked in any case.
   */
  async function mayTell(stream: Stream, { did, seq, kind }: SequencedFrame): Promise<boolean> {
    if ((await verifier.speaksFor(stream, did)) !== 'no') return true
    const detail = `#${kind} from a host that is not their PDS`
    events.refused({ reason: 'host-not-authoritative', detail, did, seq }, stream.host)
    return false
  }

  /** Of somebody whom we do not track nothing is kept; what was kept of their document is out of date, though. */
  function passBy(frame: SequencedFrame): [] {
    if (frame.kind === 'identity') identities.forget(frame.did)
    return []
  }

  async function judgeCommit(
    person: Person,
    head: RepoHead | undefined,
    frame: CommitFrame,
    stream: Stream,
  ): Promise<readonly VerifiedEvent[]> {
    const source = { host: stream.name, seq: frame.seq }
    const verified = await verifier.commit(frame, { speaker: stream, source, head })
    if (!verified.ok) return doubt(person, verified.error, frame, stream)
    const { event, notes } = verified.value
    for (const note of notes) events.refused(note, stream.host)
    person.head = event.head
    return [event]
  }

  /**
   * Somebody's first record of ours. A first commit says all there is; otherwise the whole repository is fetched. Only
   * the directory of did:plc is known to answer fast; anybody else's server is asked beside the stream.
   */
  async function welcome(person: Person, frame: CommitFrame, stream: Stream): Promise<readonly VerifiedEvent[]> {
    const isWhole = frame.since === null && frame.prevData === undefined
    if (frame.did.startsWith('did:plc:')) {
      if (isWhole) {
        const found = await judgeCommit(person, undefined, frame, stream)
        if (found.length === 0) return []
        await patience('note who is here', async () => options.departures?.returned(frame.did))
        await lookups.start(person, { host: stream.name, why: 'new' })
        return found
      }
      if (!(await mayTell(stream, frame))) return []
    }
    await repairs.start(person, { source: { host: stream.name, seq: frame.seq }, frame, stream })
    return []
  }

  /** Counts the refusal; where it leaves open what is true, the person's PDS is asked. */
  async function doubt(
    person: Person,
    refusal: Refusal,
    frame: SequencedFrame,
    stream: Stream,
  ): Promise<readonly VerifiedEvent[]> {
    events.refused(refusal, stream.host)
    const need = { source: { host: stream.name, seq: frame.seq }, stream }
    switch (refusal.reason) {
      case 'chain-broken':
        await repairs.start(person, { ...need, broken: true, frame })
        break
      case 'identity-unresolved':
        await repairs.start(person, { ...need, frame })
        break
      // The stream repeats itself, or runs ahead of time.
      case 'rev-repeated':
      case 'rev-in-future':
        break
      case 'host-not-authoritative':
        // Where the document could be asked for anew there is nothing left to ask.
        if (person.head && identities.forceInMs(frame.did) > 0 && maySuspect(frame.did)) {
          await repairs.start(person, { ...need, fresh: true })
        }
        break
      default:
        if (person.head && maySuspect(frame.did)) await repairs.start(person, need)
    }
    return []
  }

  function maySuspect(did: Did): boolean {
    const now = world.clock.elapsed()
    const last = suspectedAt.get(did)
    if (last !== undefined && now - last < SUSPICION_MS) return false
    suspectedAt.delete(did)
    suspectedAt.set(did, now)
    if (suspectedAt.size > SUSPICIONS_MAX) suspectedAt.delete(suspectedAt.keys().next().value!)
    return true
  }

  function take(stream: Stream, frame: SequencedFrame, received: Received): void {
    const { host, name } = stream
    if (people.isForeign(frame.did) && !isOfMember(frame)) {
      events.frameForeign(host)
      passBy(frame)
      window.pass(name, frame.seq)
      return
    }
    const slot = window.open(name, frame.seq, received)
    const judged = people.inTurn(frame.did, async (person) => {
      if (!person.head && !person.repair && !isOfMember(frame)) events.frameForeign(host)
      const found = await judge(person, frame, stream)
      slot.settle(found)
      // Until the log has it, a later frame must not be judged by what the log says.
      if (found.length > 0) people.holdUntil(person, slot.logged)
    })
    judged.catch(fail)
  }

  function track(did: Did): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const begun = people.inTurn(did, async (person) => {
        if (person.head?.active && person.head.rev !== undefined) return resolve(true)
        // A seq of 0: no host's stream brought it, so it moves no cursor.
        await repairs.start(person, { source: { host: 'sign-in', seq: 0 }, fresh: true, answer: resolve })
      })
      begun.catch((error: unknown) => {
        fail(error)
        reject(error)
      })
    })
  }

  async function end(): Promise<void> {
    ending.abort()
    await atMost(world.timers, FAREWELL_MS_MAX, hosts.ended())
    await window.close()
    finished.resolve()
  }

  const resumed = lookups.resume().then(() => repairs.resume())
  resumed.catch(fail)
  reconciler.start().catch(fail)
  people.open().catch(fail)
  for (const host of options.hosts) hosts.add(host)
  signal.addEventListener('abort', () => void window.close(), { once: true })

  return {
    track,
    repair: (did) =>
      people.inTurn(did, (person) => repairs.start(person, { source: { host: 'backfill', seq: 0 }, fresh: true })),
    addHost: (host) => hosts.add(host),
    status: () => hosts.status(),
    waiting: () => window.waiting(),
    reconcile: () => reconciler.now(),
    syncState: (did) => people.inTurn(did, async (person) => syncStateOf(person)),
    unsynchronized: () => repairs.states(),
    finished: finished.promise,
    [Symbol.asyncDispose]: end,
  }
}

/** Whether a frame makes its author a member: it creates or changes a record in a collection that does. */
function isOfMember(frame: SequencedFrame): boolean {
  if (frame.kind !== 'commit') return false
  return frame.ops.some((op) => op.action !== 'delete' && makesMember(splitPath(op.path).collection))
}
