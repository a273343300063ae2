import type { Did } from '@waypost/kernel'
import type { CommitFrame } from '#wire/frame.ts'
import { subscribe as subscribeToHost, type Received } from '#wire/subscription.ts'
import { makesMember, splitPath } from '#verify/collections.ts'
import type { RepoHead, VerifiedEvent } from '#verify/event.ts'
import type { Refusal, RefusalReason } from '#verify/refusal.ts'
import { createVerifier } from '#verify/verify.ts'
import { openDueList } from '#log/ingest-due.ts'
import { createIdentityLookups } from '#log/ingest-identity.ts'
import { createPatience, Stopped } from '#log/ingest-patience.ts'
import { createPeople, type Person } from '#log/ingest-people.ts'
import type { HostStatus, Ingest, IngestHost, IngestOptions } from '#log/ingest-port.ts'
import { createRepairs, type SequencedFrame } from '#log/ingest-repair.ts'
import { openWindow } from '#log/ingest-window.ts'

/** After a frame of a member's was refused, their PDS is asked what is true; again only after this long. */
const SUSPICION_MS = 60_000
/** Past this many the oldest suspicion is forgotten. */
const SUSPICIONS_MAX = 10_000
/** On disposal, work that hangs on the network is waited for no longer. */
const FAREWELL_MS_MAX = 2_000

/** Refusals after which there is nothing to ask: the stream repeats itself, or runs ahead of time. */
const UNSUSPICIOUS: ReadonlySet<RefusalReason> = new Set(['rev-repeated', 'rev-in-future'])

interface Host {
  readonly url: string
  connected: boolean
  lastSeq: number | undefined
  startCursor: number | undefined
  lagMs: number | undefined
}

/**
 * The loop between the network and the log.
 * In: frames of any number of hosts. Out: in the log, every verified event of every member; beside it, refusals.
 * Promise: a host's cursor passes only what is in the log, was refused, concerns nobody of ours, or is durably noted
 * as due for repair. Work on one person is in order; nobody waits for anybody else's PDS. Memory is bounded.
 * Longer than most functions: it ties one state together, and each of the functions inside is short.
 */
export function startIngest(options: IngestOptions): Ingest {
  const { world, log, eventLog, events, identities, outbound, subscribe = subscribeToHost } = options
  const ending = new AbortController()
  const signal = options.signal ? AbortSignal.any([ending.signal, options.signal]) : ending.signal
  const hosts = new Map<string, Host>()
  const loops = new Set<Promise<void>>()
  const suspectedAt = new Map<Did, number>()
  const finished = Promise.withResolvers<void>()
  // Whoever does not look at it must not be brought down by it before the process ends in order.
  finished.promise.catch(() => {})

  function fail(error: unknown): void {
    if (error instanceof Stopped) return
    log.fatal({ err: error }, 'the ingest met a fault of our own')
    finished.reject(error)
    ending.abort()
  }

  const patience = createPatience({ world, log, signal })
  const verifier = createVerifier({ world, identities, outbound })
  const people = createPeople((did) => patience('read a head', () => eventLog.repoHead(did)))
  const due = openDueList(options.keyValue, patience)
  const window = openWindow({
    world,
    log,
    eventLog,
    onLogged: (event, lagMs) => events.logged(event.kind, event.source.host, lagMs),
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
    onFailure: fail,
  })

  function refused(refusal: Refusal, host: string): void {
    events.refused(refusal, host)
  }

  /** What one frame comes to, in the person's turn. */
  async function judge(person: Person, frame: SequencedFrame, host: string): Promise<readonly VerifiedEvent[]> {
    const { head, repair } = person
    if (repair) {
      // The repair finds out what is true; what was said meanwhile may make it look closer.
      if (frame.kind === 'account') {
        repair.claim = { active: frame.active, status: frame.status }
        repair.fresh = true
      } else if (frame.kind === 'identity') {
        await lookups.start(person, { host, why: 'news' })
      } else {
        repairs.wait(repair, frame, host)
      }
      return []
    }
    if (!head) return frame.kind === 'commit' && isOfMember(frame) ? welcome(person, frame, host) : passBy(frame)
    switch (frame.kind) {
      case 'commit':
        return judgeCommit(person, head, frame, host)
      case 'sync': {
        const found = await verifier.sync(frame, head)
        if (!found.ok) return doubt(person, found.error, frame, host)
        if (found.value === 'different') {
          refused({ reason: 'chain-broken', detail: '#sync', did: frame.did, seq: frame.seq }, host)
          await repairs.start(person, { source: { host, seq: frame.seq }, broken: true, frame })
        }
        return []
      }
      case 'account': {
        const claim = { active: frame.active, status: frame.status }
        const isNews = frame.active !== head.active || (!frame.active && frame.status !== head.status)
        if (isNews) await repairs.start(person, { source: { host, seq: frame.seq }, fresh: true, claim })
        return []
      }
      case 'identity':
        await lookups.start(person, { host, why: 'news' })
        return []
    }
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
    host: string,
  ): Promise<readonly VerifiedEvent[]> {
    const verified = await verifier.commit(frame, { host, seq: frame.seq }, head)
    if (!verified.ok) return doubt(person, verified.error, frame, host)
    const { event, notes } = verified.value
    for (const note of notes) refused(note, host)
    person.head = event.head
    return [event]
  }

  /** Somebody's first record of ours. A first commit says all there is; otherwise the whole repository is fetched. */
  async function welcome(person: Person, frame: CommitFrame, host: string): Promise<readonly VerifiedEvent[]> {
    const source = { host, seq: frame.seq }
    const isWhole = frame.since === null && frame.prevData === undefined
    // Only the directory of did:plc is known to answer fast; anybody else's server is asked beside the stream.
    if (isWhole && frame.did.startsWith('did:plc:')) {
      const found = await judgeCommit(person, undefined, frame, host)
      if (found.length > 0) await lookups.start(person, { host, why: 'new' })
      return found
    }
    await repairs.start(person, { source, frame })
    return []
  }

  /** Counts the refusal; where it leaves open what is true, the person's PDS is asked. */
  async function doubt(
    person: Person,
    refusal: Refusal,
    frame: SequencedFrame,
    host: string,
  ): Promise<readonly VerifiedEvent[]> {
    refused(refusal, host)
    const source = { host, seq: frame.seq }
    if (refusal.reason === 'chain-broken') await repairs.start(person, { source, broken: true, frame })
    else if (refusal.reason === 'identity-unresolved') await repairs.start(person, { source, frame })
    else if (person.head && !UNSUSPICIOUS.has(refusal.reason) && maySuspect(frame.did)) {
      await repairs.start(person, { source })
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

  function take(host: Host, { frame: result, receivedAt, byteLength }: Received): void {
    const { url } = host
    events.frameReceived(url)
    if (!result.ok) return refused({ reason: result.error, detail: 'not a frame' }, url)
    const frame = result.value
    if (frame.kind === 'info' || frame.kind === 'error') {
      log.warn({ host: url, said: frame }, 'the host says')
      return
    }
    host.lastSeq = frame.seq
    const sentAt = Date.parse(frame.time)
    if (!Number.isNaN(sentAt)) host.lagMs = receivedAt - sentAt
    if (people.isForeign(frame.did) && !isOfMember(frame)) {
      events.frameForeign(url)
      passBy(frame)
      window.pass(url, frame.seq)
      return
    }
    const slot = window.open(url, frame.seq, byteLength)
    const judged = people.inTurn(frame.did, async (person) => {
      if (!person.head && !person.repair && !isOfMember(frame)) events.frameForeign(url)
      const found = await judge(person, frame, url)
      slot.settle(found)
      // Until the log has it, a later frame must not be judged by what the log says.
      if (found.length > 0) people.holdUntil(person, slot.logged)
    })
    judged.catch(fail)
  }

  async function follow({ url, from = 'oldest' }: IngestHost): Promise<void> {
    const host: Host = { url, connected: false, lastSeq: undefined, startCursor: undefined, lagMs: undefined }
    hosts.set(url, host)
    const noted = await patience('read a cursor', () => eventLog.cursor(url))
    host.startCursor = noted ?? (from === 'oldest' ? 0 : undefined)
    const frames = subscribe({
      world,
      outbound,
      url,
      cursor: host.startCursor,
      signal,
      onState(state, detail) {
        host.connected = state === 'connected'
        events.connection(url, state)
        log.info({ host: url, state, detail }, 'host')
      },
    })
    for await (const received of frames) {
      take(host, received)
      await window.room()
    }
  }

  function addHost(host: IngestHost): void {
    const url = URL.parse(host.url)?.origin
    if (!url || url === 'null' || hosts.has(url) || signal.aborted) return
    const loop = follow({ ...host, url })
      .catch(fail)
      .finally(() => loops.delete(loop))
    loops.add(loop)
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

  function status(): readonly HostStatus[] {
    return [...hosts.values()].map(({ url, connected, lastSeq, startCursor, lagMs }) => ({
      url,
      connected,
      cursor: window.settledSeq(url) ?? startCursor,
      lastSeq,
      queued: window.queued(url),
      lagMs,
    }))
  }

  async function end(): Promise<void> {
    ending.abort()
    const left = new AbortController()
    await Promise.race([Promise.all(loops), world.timers.sleep(FAREWELL_MS_MAX, left.signal)])
    left.abort()
    await window.close()
    finished.resolve()
  }

  const resumed = lookups.resume().then(() => repairs.resume())
  resumed.catch(fail)
  for (const host of options.hosts) addHost(host)
  signal.addEventListener('abort', () => void window.close(), { once: true })

  return {
    track,
    addHost: (url) => addHost({ url }),
    status,
    finished: finished.promise,
    [Symbol.asyncDispose]: end,
  }
}

/** Whether a frame makes its author a member: it creates or changes a record in a collection that does. */
function isOfMember(frame: SequencedFrame): boolean {
  if (frame.kind !== 'commit') return false
  return frame.ops.some((op) => op.action !== 'delete' && makesMember(splitPath(op.path).collection))
}
