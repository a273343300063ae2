import { assert, type Did, type Logger, type World } from '@waypost/kernel'
import { createTurnstile } from '#wire/turnstile.ts'
import type { Speaker } from '#verify/authority.ts'
import type { RepoHead, VerifiedEvent } from '#verify/event.ts'
import type { Identities } from '#verify/identity.ts'
import type { Source, Verifier } from '#verify/verify.ts'
import type { DueList, DueMark } from '#log/ingest-due.ts'
import type { SequencedFrame, Stream } from '#log/ingest-hosts.ts'
import { createInquiry, type Concluded } from '#log/ingest-inquiry.ts'
import type { Departures } from '#log/departures.ts'
import { Stopped, type Patience } from '#log/patience.ts'
import type { People, Person } from '#log/ingest-people.ts'
import type { IngestEvents, SyncState } from '#log/ingest-port.ts'
import { createReplay } from '#log/ingest-replay.ts'
import type { Window } from '#log/ingest-window.ts'
import type { EventLog } from '#log/log.ts'

/**
 * The slow way into the log, beside the stream: whatever has to be asked of a person's own PDS.
 * In: people who are new, whose chain broke, or of whom a host says something that only their PDS can confirm.
 * Out: account events and whole repositories in the log, then the frames that waited meanwhile.
 * Promise: nobody who was once due is forgotten, also by kill -9; a PDS that is away is asked again, ever more rarely;
 * and nobody else waits for it.
 */
export interface Repairs {
  /** Call it in the person's turn. Resolves once the need is durable; the repair itself goes on by itself. */
  start(person: Person, need: Need): Promise<void>
  /** Frames of a person under repair; they are judged after it. */
  wait(repair: Repair, frame: SequencedFrame, stream: Stream): void
  /** What a host says of the account meanwhile. In the person's turn; resolves once a word of its end is durable. */
  tell(person: Person, repair: Repair, claim: Claim): Promise<void>
  /** Takes up what was due when the process ended. */
  resume(): Promise<void>
  /** How many repositories stand in each of these states. */
  states(): Readonly<Record<Exclude<SyncState, 'synchronized'>, number>>
}

export interface Need {
  readonly source: Source
  /** The chain is broken: only the whole repository will do, whatever the PDS says of its rev. */
  readonly broken?: boolean
  /** The DID document must be asked for anew. */
  readonly fresh?: boolean
  /** What a host says of the account. */
  readonly claim?: Claim
  /** Whose stream showed the need; undefined where nobody's did. */
  readonly stream?: Stream
  /** The frame of this stream that showed it; judged again after the repair. */
  readonly frame?: SequencedFrame
  /** Called with the outcome of the first try. */
  readonly answer?: (inTheLog: boolean) => void
}

/** How an account stands, by the word of a host, or of nobody who is remembered. */
export interface Claim {
  readonly active: boolean
  readonly status: string | undefined
  readonly by: Speaker | undefined
}

/** What is known of a repair under way. */
export interface Repair {
  readonly source: Source
  /** Who brought it up; a PDS brings up nobody else's accounts. */
  readonly speaker: Speaker | undefined
  readonly startedAt: number
  broken: boolean
  fresh: boolean
  claim: Claim | undefined
  /** How often it was wanted. */
  needs: number
  /** The PDS is being asked. */
  isAsking: boolean
  waiting: { readonly frame: SequencedFrame; readonly stream: Stream }[]
  /** Frames were let go because too many waited: the repository has to be fetched once more. */
  overflowed: boolean
  answers: ((inTheLog: boolean) => void)[]
}

export interface RepairOptions {
  readonly world: World
  readonly log: Logger
  readonly signal: AbortSignal
  readonly verifier: Verifier
  readonly identities: Identities
  readonly eventLog: EventLog
  readonly window: Window
  readonly people: People
  readonly due: DueList
  readonly patience: Patience
  readonly events: IngestEvents
  /** Judges a frame that waited, in the person's turn. */
  readonly judge: (person: Person, frame: SequencedFrame, stream: Stream) => Promise<readonly VerifiedEvent[]>
  /** A person has become a member: their handle is wanted too. */
  readonly onAdopted: (person: Person, source: Source) => Promise<void>
  /** The account has come to its end. In the person's turn. */
  readonly onEnded: (person: Person) => void
  readonly departures: Departures | undefined
  readonly onFailure: (error: unknown) => void
}

/** Past this many the rest waits on disk alone, and is taken up when half of them are done. */
const REPAIRS_MAX = 10_000
/** Whole repositories in the making, of all PDSes and of one. */
const AT_ONCE_MAX = 24
const AT_ONCE_PER_PDS_MAX = 4
/** Of one person; further frames are let go, and the repository is fetched again instead. */
const FRAMES_WAITING_MAX = 64
/** Of everybody together. */
const BYTES_WAITING_MAX = 64 * 1_024 * 1_024
/** About what a frame takes beside its message. */
const FRAME_BYTES = 500
const RETRY_MS_MIN = 1_000
const RETRY_MS_MAX = 60 * 60_000
/** Somebody who is no member yet is given up after as many tries; their next check-in begins anew. */
const ADOPTION_TRIES_MAX = 12

export function createRepairs(options: RepairOptions): Repairs {
  const { world, log, signal, verifier, identities, eventLog, window, people, due, patience, events, departures } =
    options
  const inquiry = createInquiry({
    signal,
    verifier,
    events,
    hasEnded: (did) => patience('ask whose account has ended', async () => departures?.hasEnded(did) ?? false),
  })
  const everywhere = createTurnstile(AT_ONCE_MAX)
  const replay = createReplay({ world, signal, window, eventLog, patience })
  const gates = new Map<string, { turn: ReturnType<typeof createTurnstile>; users: number }>()
  const marks = new Map<Did, number>()
  const underWay = new Map<Repair, Person>()
  let bytesWaiting = 0
  let spilled = false

  async function start(person: Person, need: Need): Promise<void> {
    const { source, stream, frame, answer } = need
    const known = person.repair
    if (known) {
      known.broken ||= need.broken ?? false
      known.fresh ||= need.fresh ?? false
      known.claim = need.claim ?? known.claim
      known.needs++
      if (answer) known.answers.push(answer)
      if (frame && stream) wait(known, frame, stream)
      return
    }
    const repair: Repair = {
      source,
      speaker: stream,
      startedAt: world.clock.now(),
      broken: need.broken ?? false,
      fresh: need.fresh ?? false,
      claim: need.claim,
      needs: 1,
      isAsking: false,
      waiting: [],
      overflowed: false,
      answers: answer ? [answer] : [],
    }
    if (frame && stream) wait(repair, frame, stream)
    await due.put(markOf(person.did, repair))
    if (underWay.size >= REPAIRS_MAX) {
      spilled = true
      takeWaiting(repair)
      return answerAll(repair, false)
    }
    person.repair = repair
    marks.set(person.did, (marks.get(person.did) ?? 0) + 1)
    underWay.set(repair, person)
    people.holdUntil(person, run(person, repair))
  }

  function wait(repair: Repair, frame: SequencedFrame, stream: Stream): void {
    const size = sizeOf(frame)
    if (repair.waiting.length >= FRAMES_WAITING_MAX || bytesWaiting + size > BYTES_WAITING_MAX) {
      repair.overflowed = true
      return
    }
    repair.waiting.push({ frame, stream })
    bytesWaiting += size
  }

  async function tell({ did }: Person, repair: Repair, claim: Claim): Promise<void> {
    const wasSaid = repair.claim?.status === 'deleted'
    repair.claim = claim
    repair.fresh = true
    if (claim.status === 'deleted' && !wasSaid) await due.put(markOf(did, repair))
  }

  function takeWaiting(repair: Repair): Repair['waiting'] {
    const waiting = repair.waiting
    repair.waiting = []
    for (const { frame } of waiting) bytesWaiting -= sizeOf(frame)
    return waiting
  }

  async function run(person: Person, repair: Repair): Promise<void> {
    try {
      await mend(person, repair)
    } catch (error) {
      if (!(error instanceof Stopped)) options.onFailure(error)
    } finally {
      underWay.delete(repair)
      takeWaiting(repair)
      answerAll(repair, false)
      if (spilled && underWay.size < REPAIRS_MAX / 2) {
        spilled = false
        void resume().catch(options.onFailure)
      }
    }
  }

  async function mend(person: Person, repair: Repair): Promise<void> {
    let delayMs = RETRY_MS_MIN
    for (let tries = 1; !signal.aborted; tries++) {
      const found = await gated(person.did, () => inquiry.ask(person, repair))
      if (!found.again) return conclude(person, repair, found)
      events.repair('failed')
      log.info({ did: person.did, tries, detail: found.detail }, 'a repository could not be had yet')
      answerAll(repair, false)
      if (!person.head && tries >= ADOPTION_TRIES_MAX) return giveUp(person, repair)
      const ownMs = delayMs * (0.5 + world.random.fraction() / 2)
      const wantedMs = Math.min(found.retryAfterMs ?? 0, RETRY_MS_MAX) * (1 + world.random.fraction() / 2)
      await world.timers.sleep(Math.max(ownMs, wantedMs), signal)
      delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)
    }
  }

  /** Only some of the places are for one PDS, so that one that hangs cannot hold up the others. */
  async function gated<T>(did: Did, work: () => Promise<T>): Promise<T> {
    const identity = await identities.resolve(did)
    const pds = (identity.ok && identity.value.pds) || ''
    const gate = gates.get(pds) ?? { turn: createTurnstile(AT_ONCE_PER_PDS_MAX), users: 0 }
    gates.set(pds, gate)
    gate.users++
    try {
      return await gate.turn(() => everywhere(work))
    } finally {
      if (--gate.users === 0) gates.delete(pds)
    }
  }

  /** Hands on what was found, then the frames that waited; the mark goes when all of it is in the log. */
  async function conclude(person: Person, repair: Repair, found: Concluded): Promise<void> {
    const { did } = person
    if (found.outcome === 'adopted') await patience('note who is here', async () => departures?.returned(did))
    await window.room()
    // The slot and the turn are asked for at once, so that both are in the same order; what waited shares the slot.
    // Within the turn nothing waits for the log, which may be waiting for a frame before us.
    const slot = window.open(repair.source.host, undefined)
    await people.inTurn(did, async () => slot.settle(await take(person, repair, found)))
    const [at] = await slot.logged
    if (found.erase) {
      await patience('note whose account has ended', async () => departures?.ended(did))
      await eraseBefore(did, at)
    }
    await unmark(did, repair)
    events.repair(found.outcome)
    answerAll(repair, isMember(person.head))
  }

  /** What was found and what waited for it becomes of the person, in their turn; answers what goes into the log. */
  async function take(person: Person, repair: Repair, found: Concluded): Promise<readonly VerifiedEvent[]> {
    const { source, claim, needs, overflowed } = repair
    person.head = found.events.at(-1)?.head ?? person.head
    person.repair = undefined
    if (found.erase) options.onEnded(person)
    if (found.outcome === 'adopted') await options.onAdopted(person, source)
    const taken = [...found.events]
    for (const { frame, stream } of takeWaiting(repair)) taken.push(...(await options.judge(person, frame, stream)))
    // What a host said since the PDS was asked is not answered yet, nor who wanted to know since.
    if (claim && claim !== found.claim) await start(person, { source, fresh: true, claim })
    else if (needs !== found.needs) await start(person, { source, fresh: true })
    else if (overflowed) await start(person, { source })
    return taken
  }

  /** `at`: where the account's deletion stands in the log; everything of the person's before it goes. */
  async function eraseBefore(did: Did, at: number | undefined): Promise<void> {
    assert(at !== undefined, 'what is erased has its deletion in the log')
    await patience('erase a deleted account', () => eventLog.erase(did, at - 1))
  }

  /** A person may be due twice over: the mark stays until the last of it is done. */
  async function unmark(did: Did, repair: Repair): Promise<void> {
    await people.inTurn(did, async () => {
      const left = (marks.get(did) ?? 1) - 1
      if (left > 0) return void marks.set(did, left)
      marks.delete(did)
      await due.remove(markOf(did, repair))
    })
  }

  async function giveUp(person: Person, repair: Repair): Promise<void> {
    log.warn({ did: person.did }, 'a repository could not be had; given up until the next record of theirs')
    await people.inTurn(person.did, async () => {
      person.repair = undefined
    })
    await unmark(person.did, repair)
  }

  async function resume(): Promise<void> {
    const marks = (await due.all()).filter(({ what }) => what === 'repo')
    replay.eachInItsTime(marks, takeUp).catch((error: unknown) => {
      if (!(error instanceof Stopped)) options.onFailure(error)
    })
  }

  async function takeUp({ did, source: { host }, saidDeleted }: DueMark): Promise<void> {
    const claim = saidDeleted ? { active: false, status: 'deleted', by: undefined } : undefined
    await people.inTurn(did, async (person) => {
      // What was noted moves no cursor: its seq says nothing about the frames in front of it.
      if (!person.repair) await start(person, { source: { host, seq: 0 }, fresh: true, ...(claim && { claim }) })
    })
  }

  return {
    start,
    wait,
    tell,
    resume,
    states() {
      const counts = { 'in-progress': 0, desynchronized: 0 }
      for (const person of underWay.values()) {
        const state = syncStateOf(person)
        if (state !== undefined && state !== 'synchronized') counts[state]++
      }
      return counts
    },
  }
}

/** Whoever is only asked about stays synchronized until the PDS says otherwise. */
export function syncStateOf({ head, repair }: Person): SyncState | undefined {
  if (!repair) return head && 'synchronized'
  if (repair.isAsking) return 'in-progress'
  return repair.broken || head?.rev === undefined ? 'desynchronized' : 'synchronized'
}

function markOf(did: Did, { source, claim }: Repair): DueMark {
  return { what: 'repo', did, source, saidDeleted: claim?.status === 'deleted' }
}

function isMember(head: RepoHead | undefined): boolean {
  return head?.active === true && head.rev !== undefined
}

function answerAll(repair: Repair, inTheLog: boolean): void {
  for (const answer of repair.answers.splice(0)) answer(inTheLog)
}

/** What a frame that waits keeps in memory: the message that it came in, whatever else stands there. */
function sizeOf(frame: SequencedFrame): number {
  if (frame.kind === 'commit') return frame.message.length + FRAME_BYTES
  return frame.kind === 'sync' ? frame.blocks.buffer.byteLength + FRAME_BYTES : FRAME_BYTES
}
