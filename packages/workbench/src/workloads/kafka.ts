import type { Random, Result } from '@waypost/kernel'
import { checkKafka } from '../checkers/kafka.ts'
import type { Body } from '../node/program.ts'
import type { RequestFault } from '../run/client.ts'
import { pick, roll, shuffled } from '../time/dice.ts'
import { keyPool } from './key-pool.ts'
import {
  failed,
  REQUEST_TIMEOUT_MS,
  type Ask,
  type Completion,
  type FinalPhase,
  type Generator,
  type MakeWorkload,
  type Op,
  type Session,
  type WorkloadOptions,
} from './workload.ts'

/** By key: an offset. */
export type Offsets = Readonly<Record<string, number>>
/** By key: messages with their offsets. */
export type Messages = Readonly<Record<string, readonly (readonly [offset: number, message: number])[]>>

/** What an `assign` asks for; where it is for the end of a run, all is read from its beginning. */
export interface Assignment {
  readonly keys: readonly string[]
  readonly fromBeginning?: true
}

/** What an `assign` came to: what was listed as committed, and from where each key is read. */
export interface Assigned extends Assignment {
  readonly listed: Offsets
  readonly starts: Offsets
}

/** What a `poll` came to: the micro-operations of Jepsen, and what was committed afterwards, if it was acknowledged. */
export interface Polled {
  readonly txn: readonly (readonly ['poll', Messages])[]
  readonly asked: Offsets
  readonly committing: Offsets
  readonly isCommitted: boolean
}

/** What a `send` is and comes to: `['send', key, message]`, and with its offset `['send', key, [offset, message]]`. */
export interface Sent {
  readonly txn: readonly (readonly ['send', string, number | readonly [offset: number, message: number]])[]
}

const ASSIGN_SHARE = 1 / 64
const CRASH_EVERY_S = 30
/** A key takes this many messages before another one comes into use. */
const MESSAGES_PER_KEY_MAX = 1_024
const KEYS = 4
const FINAL_LIMIT_MS = 10_000

/** Logs by key, which are appended to, read from an offset, and remember how far readers came. */
export const kafka: MakeWorkload = (options) => {
  const sent = new Map<string, number>()
  return {
    name: 'kafka',
    replies: {
      send_ok: { offset: Number.isInteger },
      poll_ok: { msgs: isMessages },
      commit_offsets_ok: {},
      list_committed_offsets_ok: { offsets: isOffsets },
    },
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    keepsConnection: false,
    mayNeverSucceed: ['crash', 'assign'],
    probe: { type: 'list_committed_offsets', keys: [] },
    open: (ask) => session(ask),
    generator: () => generator(options, sent),
    finalPhase: () => finalPhase(sent),
    check: checkKafka,
  }
}

function isMessages(value: unknown): boolean {
  const isPair = (pair: unknown): boolean => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isInteger)
  return isObject(value) && Object.values(value).every((pairs) => Array.isArray(pairs) && pairs.every(isPair))
}

function isOffsets(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(Number.isInteger)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A consumer: it knows which keys it reads, and from where. */
function session(ask: Ask): Session {
  let next: Record<string, number> = {}

  async function send(op: Op): Promise<Completion> {
    const [[, key, msg]] = (op.value as Sent).txn as unknown as readonly [readonly ['send', string, number]]
    const answer = await ask({ type: 'send', key, msg })
    if (!answer.ok) return failed(op, answer.error, { isIdempotent: false })
    return { type: 'ok', value: { txn: [['send', key, [answer.value['offset'] as number, msg]]] } satisfies Sent }
  }

  async function poll(op: Op): Promise<Completion> {
    const asked = { ...next }
    const answer = await ask({ type: 'poll', offsets: asked })
    if (!answer.ok) return failed(op, answer.error, { isIdempotent: true })
    const messages = answer.value['msgs'] as Messages
    const read = Object.entries(messages).filter(([, pairs]) => pairs.length > 0)
    const committing = Object.fromEntries(
      read.map(([key, pairs]) => [key, Math.max(...pairs.map(([offset]) => offset))]),
    )
    for (const [key, offset] of Object.entries(committing)) next[key] = offset + 1
    const commit = read.length > 0 ? await ask({ type: 'commit_offsets', offsets: committing }) : undefined
    return {
      type: 'ok',
      value: { txn: [['poll', messages]], asked, committing, isCommitted: commit?.ok ?? false } satisfies Polled,
    }
  }

  async function assign(op: Op): Promise<Completion> {
    const assignment = op.value as Assignment
    const { keys, fromBeginning } = assignment
    const answer: Result<Body, RequestFault> = await ask({ type: 'list_committed_offsets', keys })
    if (!answer.ok) return failed(op, answer.error, { isIdempotent: true })
    const listed = answer.value['offsets'] as Offsets
    const startOf = (key: string): number => {
      if (fromBeginning) return 0
      // What is committed was processed, so reading goes on behind it.
      return next[key] ?? (listed[key] === undefined ? 0 : listed[key] + 1)
    }
    next = Object.fromEntries(keys.map((key) => [key, startOf(key)]))
    return { type: 'ok', value: { ...assignment, listed, starts: { ...next } } satisfies Assigned }
  }

  const does: Readonly<Record<string, (op: Op) => Promise<Completion>>> = {
    send,
    poll,
    assign,
    // The consumer is gone, and another one comes with a connection of its own.
    crash: (op) => Promise.resolve({ type: 'info', value: op.value }),
  }
  return { run: (op) => does[op.f]!(op) }
}

function generator({ random, ratePerSecond, concurrency }: WorkloadOptions, sent: Map<string, number>): Generator {
  const keys = keyPool(random, { keyCount: KEYS, maxWritesPerKey: MESSAGES_PER_KEY_MAX })
  const polled = new Map<string, number>()
  const started = new Set<number>()
  const crashShare = concurrency / (ratePerSecond * CRASH_EVERY_S)
  return {
    next({ process }) {
      if (!started.has(process) || random.fraction() < ASSIGN_SHARE) {
        started.add(process)
        return {
          f: 'assign',
          value: { keys: keysToRead(random, keys.live, unseen(sent, polled)) } satisfies Assignment,
        }
      }
      if (random.fraction() < crashShare) return { f: 'crash', value: null }
      if (random.fraction() < 0.5) return { f: 'poll', value: { txn: [['poll']] } }
      const key = keys.pick()
      return { f: 'send', value: { txn: [['send', String(key), keys.nextValue(key)]] } satisfies Sent }
    },
    observe: (completion) => observe(completion, sent, polled),
  }
}

/** Remembers the highest offset that was given for each key, and the highest that was read. */
function observe(
  completion: Completion & { readonly f: string },
  sent: Map<string, number>,
  polled: Map<string, number>,
): void {
  if (completion.type !== 'ok') return
  const raise = (map: Map<string, number>, key: string, offset: number): void =>
    void map.set(key, Math.max(offset, map.get(key) ?? -1))
  if (completion.f === 'send') {
    for (const [, key, pair] of (completion.value as Sent).txn) if (typeof pair !== 'number') raise(sent, key, pair[0])
  }
  if (completion.f !== 'poll') return
  for (const [key, offset] of Object.entries((completion.value as Polled).committing)) raise(polled, key, offset)
}

function unseen(sent: ReadonlyMap<string, number>, polled: ReadonlyMap<string, number>): readonly string[] {
  return [...sent].filter(([key, offset]) => offset > (polled.get(key) ?? -1)).map(([key]) => key)
}

/** Some of the keys in use; now and then also all of which nobody has read everything. */
function keysToRead(random: Random, live: readonly number[], unread: readonly string[]): readonly string[] {
  const some = shuffled(random, live).slice(0, 1 + roll(random, live.length))
  const also = pick(random, [true, false, false]) ? unread : []
  return [...new Set([...some.map(String), ...also])]
}

/** Every worker begins anew, reads all keys from their beginning, and goes on until it has seen all that was acknowledged. */
function finalPhase(sent: ReadonlyMap<string, number>): FinalPhase {
  const missing = new Map<number, Map<string, number>>()
  const stage = new Map<number, 'crashed' | 'assigned'>()
  return {
    limitMs: FINAL_LIMIT_MS,
    next({ thread }, last) {
      if (!last) return { f: 'crash', value: null }
      if (stage.get(thread) !== 'assigned') {
        const isAssigned = stage.get(thread) === 'crashed' && last.type === 'ok'
        stage.set(thread, isAssigned ? 'assigned' : 'crashed')
        if (!isAssigned)
          return { f: 'assign', value: { keys: [...sent.keys()], fromBeginning: true } satisfies Assignment }
        missing.set(thread, new Map(sent))
        return { f: 'poll', value: { txn: [['poll']] } }
      }
      const left = missing.get(thread)!
      if (last.type === 'ok') {
        for (const [key, offset] of Object.entries((last.value as Polled).committing)) {
          if (offset >= (left.get(key) ?? 0)) left.delete(key)
        }
      }
      return left.size > 0 ? { f: 'poll', value: { txn: [['poll']] } } : undefined
    },
  }
}
