import { assert, type Did, type Logger, type World } from '@waypost/kernel'
import type { Frame } from '#wire/frame.ts'
import { createTurnstile } from '#wire/turnstile.ts'
import type { RepoHead, VerifiedEvent } from '#verify/event.ts'
import type { Identities } from '#verify/identity.ts'
import type { AccountState, Source, SourceFault, Verifier } from '#verify/verify.ts'
import type { DueList, DueMark } from '#log/ingest-due.ts'
import { Stopped, type Patience } from '#log/ingest-patience.ts'
import type { People, Person } from '#log/ingest-people.ts'
import type { IngestEvents } from '#log/ingest-port.ts'
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
  wait(repair: Repair, frame: SequencedFrame, host: string): void
  /** Takes up what was due when the process ended. */
  resume(): Promise<void>
  readonly underWay: number
}

export type SequencedFrame = Extract<Frame, { readonly seq: number }>

export interface Need {
  readonly source: Source
  /** The chain is broken: only the whole repository will do, whatever the PDS says of its rev. */
  readonly broken?: boolean
  /** The DID document must be asked for anew. */
  readonly fresh?: boolean
  /** What a host says of the account. */
  readonly claim?: { readonly active: boolean; readonly status: string | undefined }
  /** The frame that showed the need; judged again after the repair. */
  readonly frame?: SequencedFrame
  /** Called with the outcome of the first try. */
  readonly answer?: (inTheLog: boolean) => void
}

/** What is known of a repair under way. */
export interface Repair {
  readonly source: Source
  readonly startedAt: number
  broken: boolean
  fresh: boolean
  claim: Need['claim']
  waiting: { readonly frame: SequencedFrame; readonly host: string }[]
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
  readonly judge: (person: Person, frame: SequencedFrame, host: string) => Promise<readonly VerifiedEvent[]>
  /** A person has become a member: their handle is wanted too. */
  readonly onAdopted: (person: Person, source: Source) => Promise<void>
  /** The account has come to its end. In the person's turn. */
  readonly onEnded: (person: Person) => void
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
const RETRY_MS_MIN = 1_000
const RETRY_MS_MAX = 60 * 60_000
/** Somebody who is no member yet is given up after as many tries; their next check-in begins anew. */
const ADOPTION_TRIES_MAX = 12
/** A DID document at most this much older than the question counts as new: it may be asked for once a minute. */
const FRESH_MS = 60_000

type Outcome = 'adopted' | 'repaired' | 'unchanged' | 'inactive' | 'failed'

/** What a try came to: what goes into the log, or that another try is needed. */
type Found =
  | {
      readonly again: false
      readonly outcome: Outcome
      readonly events: readonly VerifiedEvent[]
      readonly erase: boolean
    }
  | { readonly again: true; readonly detail: string }

export function createRepairs(options: RepairOptions): Repairs {
  const { world, log, signal, verifier, identities, eventLog, window, people, due, patience, events } = options
  const everywhere = createTurnstile(AT_ONCE_MAX)
  const replay = createReplay({ world, signal, window, eventLog, patience })
  const gates = new Map<string, { turn: ReturnType<typeof createTurnstile>; users: number }>()
  const marks = new Map<Did, number>()
  let underWay = 0
  let bytesWaiting = 0
  let spilled = false

  async function start(person: Person, need: Need): Promise<void> {
    const { source, frame, answer } = need
    const known = person.repair
    if (known) {
      known.broken ||= need.broken ?? false
      known.fresh ||= need.fresh ?? false
      known.claim = need.claim ?? known.claim
      if (answer) known.answers.push(answer)
      if (frame) wait(known, frame, source.host)
      return
    }
    const repair: Repair = {
      source,
      startedAt: world.clock.now(),
      broken: need.broken ?? false,
      fresh: need.fresh ?? false,
      claim: need.claim,
      waiting: [],
      overflowed: false,
      answers: answer ? [answer] : [],
    }
    if (frame) wait(repair, frame, source.host)
    await due.put(markOf(person.did, repair))
    if (underWay >= REPAIRS_MAX) {
      spilled = true
      takeWaiting(repair)
      return answerAll(repair, false)
    }
    person.repair = repair
    marks.set(person.did, (marks.get(person.did) ?? 0) + 1)
    underWay++
    people.holdUntil(person, run(person, repair))
  }

  function wait(repair: Repair, frame: SequencedFrame, host: string): void {
    const size = sizeOf(frame)
    if (repair.waiting.length >= FRAMES_WAITING_MAX || bytesWaiting + size > BYTES_WAITING_MAX) {
      repair.overflowed = true
      return
    }
    repair.waiting.push({ frame, host })
    bytesWaiting += size
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
      underWay--
      takeWaiting(repair)
      answerAll(repair, false)
      if (spilled && underWay < REPAIRS_MAX / 2) {
        spilled = false
        void resume().catch(options.onFailure)
      }
    }
  }

  async function mend(person: Person, repair: Repair): Promise<void> {
    let delayMs = RETRY_MS_MIN
    for (let tries = 1; !signal.aborted; tries++) {
      const found = await gated(person.did, () => attempt(person, repair))
      if (!found.again) return conclude(person, repair, found)
      events.repair('failed')
      log.info({ did: person.did, tries, detail: found.detail }, 'a repository could not be had yet')
      answerAll(repair, false)
      if (!person.head && tries >= ADOPTION_TRIES_MAX) return giveUp(person, repair)
      await world.timers.sleep(delayMs * (0.5 + world.random.fraction() / 2), signal)
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

  /** Asks the PDS. Changes nothing of the person: that is for `conclude`, in their turn. */
  async function attempt(person: Person, repair: Repair): Promise<Found> {
    const { did } = person
    const { source } = repair
    const asked = await verifier.account(did, { fresh: repair.fresh, signal })
    if (!asked.ok) return again(asked.error, source)
    const account = asked.value
    if (!account.active && !isFresh(account, repair)) {
      repair.fresh = true
      return { again: true, detail: 'the DID document may be out of date' }
    }
    if (repair.claim && repair.claim.active !== account.active) {
      const detail = `the host says ${describe(repair.claim)}, the PDS ${describe(account)}`
      events.refused({ reason: 'host-not-authoritative', detail, did, seq: source.seq }, source.host)
      repair.claim = undefined
    }
    return account.active ? activeFound(person, repair, account) : inactiveFound(person, repair, account)
  }

  function inactiveFound({ head }: Person, repair: Repair, account: AccountState): Found {
    if (!head) return { again: false, outcome: 'inactive', events: [], erase: false }
    const wasSaid = repair.claim?.status === 'deleted' || account.resolvedAt === undefined
    // A PDS that lost an account looks the same; without a word from the stream nothing is erased.
    if (account.deleted && !wasSaid && head.status !== 'deleted') {
      return { again: true, detail: 'the PDS does not know the account, and nobody said that it was deleted' }
    }
    // A deletion goes into the log again, where it is recognised: its place there says up to where to erase.
    const news = account.deleted || head.active || head.status !== account.status
    return {
      again: false,
      outcome: 'inactive',
      events: news ? [verifier.accountEvent(account, repair.source, head)] : [],
      erase: account.deleted,
    }
  }

  async function activeFound(person: Person, repair: Repair, account: AccountState): Promise<Found> {
    const { did, head } = person
    const { source } = repair
    const known = head?.status === 'deleted' ? undefined : head
    const back = head && !head.active ? [verifier.accountEvent(account, source, head)] : []
    const needed = known?.rev === undefined || repair.broken || account.rev === undefined || account.rev > known.rev
    if (!needed) return { again: false, outcome: 'unchanged', events: back, erase: false }

    const repo = await verifier.repo(did, source, signal)
    if (!repo.ok) {
      if (repo.error.kind === 'inactive') repair.fresh = true
      return again(repo.error, source)
    }
    const { event, notes } = repo.value
    for (const note of notes) events.refused(note, source.host)
    if (known?.rev !== undefined && event.rev < known.rev) {
      const detail = 'the PDS has an older repository than the log'
      events.refused({ reason: 'rev-repeated', detail, did, seq: source.seq }, source.host)
      if (repair.broken) return { again: true, detail }
      return { again: false, outcome: 'unchanged', events: back, erase: false }
    }
    if (known && event.rev === known.rev && event.head.data === known.data) {
      return { again: false, outcome: 'unchanged', events: back, erase: false }
    }
    return { again: false, outcome: known ? 'repaired' : 'adopted', events: [...back, event], erase: false }
  }

  function again(error: SourceFault, source: Source): Found {
    if (error.kind === 'refused') events.refused(error.refusal, source.host)
    const detail = error.kind === 'refused' ? error.refusal.reason : error.kind === 'away' ? error.detail : error.status
    return { again: true, detail }
  }

  /** Hands on what was found, then the frames that waited; the mark goes when all of it is in the log. */
  async function conclude(person: Person, repair: Repair, found: Found & { again: false }): Promise<void> {
    const { did } = person
    await window.room()
    // Within the turn nothing waits for the log: a frame whose turn comes next may stand before us on the way there.
    const { logged } = await people.inTurn(did, async () => {
      const slot = window.open(repair.source.host, undefined)
      slot.settle(found.events)
      person.head = found.events.at(-1)?.head ?? person.head
      person.repair = undefined
      if (found.erase) options.onEnded(person)
      if (found.outcome === 'adopted') await options.onAdopted(person, repair.source)
      const all = [slot.logged]
      for (const { frame, host } of takeWaiting(repair)) {
        const own = window.open(host, undefined)
        own.settle(await options.judge(person, frame, host))
        all.push(own.logged)
      }
      if (repair.overflowed) await start(person, { source: repair.source })
      return { logged: Promise.all(all) }
    })
    const [positions] = await logged
    if (found.erase) await eraseBefore(did, positions?.[0])
    await unmark(did, repair)
    events.repair(found.outcome)
    answerAll(repair, isMember(person.head))
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
    const claim = saidDeleted ? { active: false, status: 'deleted' } : undefined
    await people.inTurn(did, async (person) => {
      // What was noted moves no cursor: its seq says nothing about the frames in front of it.
      if (!person.repair) await start(person, { source: { host, seq: 0 }, fresh: true, ...(claim && { claim }) })
    })
  }

  return {
    start,
    wait,
    resume,
    get underWay() {
      return underWay
    },
  }
}

function markOf(did: Did, { source, claim }: Repair): DueMark {
  return { what: 'repo', did, source, saidDeleted: claim?.status === 'deleted' }
}

/** Whether the DID document that led to the answer is as new as one can ask for. */
function isFresh({ resolvedAt }: AccountState, { startedAt }: Repair): boolean {
  return resolvedAt === undefined || resolvedAt >= startedAt - FRESH_MS
}

function isMember(head: RepoHead | undefined): boolean {
  return head?.active === true && head.rev !== undefined
}

function answerAll(repair: Repair, inTheLog: boolean): void {
  for (const answer of repair.answers.splice(0)) answer(inTheLog)
}

function describe({ active, status }: { active: boolean; status: string | undefined }): string {
  return active ? 'active' : (status ?? 'inactive')
}

function sizeOf(frame: SequencedFrame): number {
  return 'blocks' in frame ? frame.blocks.length + 500 : 500
}
