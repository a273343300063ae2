import { assert, OwnFault, type World } from '@waypost/kernel'
import {
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamClient,
  type JetStreamManager,
  type JetStreamPublishOptions,
  type PubAck,
  type StoredMsg,
} from '@nats-io/jetstream'
import { connect, nuid, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node'
import { subjectsOf, type LogSubjects, type Subjects } from './subjects.ts'
import { createUnanswered, type Unanswered } from './unanswered.ts'

/** How long the servers may take to answer one request. */
const REQUEST_MS_MAX = 2_000
/** A message waits for those before it to be synced. One that is known to be lost is sent again sooner. */
const STORED_MS_MAX = 5_000
/** How long a call asks again before it fails: longer than a stream is without a leader (4 to 9 s measured). */
const CALL_MS_MAX = 20_000
const RETRY_MS_MIN = 50
const RETRY_MS_MAX = 500
/** So many messages are on their way to the servers at once; past it, those that follow wait their turn. */
const IN_FLIGHT_MAX = 1_024

/** The stream is not where the writer believed: a subject's newest message is another, or one is on its way. */
const WRONG_LAST_SEQUENCE = new Set([10_071, 10_164])
const UNAVAILABLE = 503
/** It was sent before, and is being stored just now. */
const ON_ITS_WAY = 10_158

export interface NatsConnectionOptions {
  readonly world: World
  /** `nats://` or `tls://` URLs of one cluster; a name and a password in the first one are used for all. */
  readonly servers: readonly string[]
  readonly space: string
}

/** A message to be stored once, however often it has to be sent. */
export interface Publication {
  readonly subject: string
  readonly data: Uint8Array
  readonly headers?: MsgHdrs
  /** Stored only where this is the sequence of the subject's newest message; 0: where it has none. */
  readonly expected?: number
  /** Seconds after which the servers may drop it. */
  readonly secondsToLive?: number
}

/** What the ports share: one connection, requests that are asked again while a leader is missing. */
export interface Connection {
  readonly world: World
  readonly nats: NatsConnection
  readonly jetstream: JetStreamClient
  readonly manager: JetStreamManager
  readonly subjects: Subjects
  /** Stores a message and answers its sequence. It is stored once, also where an answer was lost on the way. */
  publish(publication: Publication): Promise<number | 'conflict'>
  /** Asks, and asks again while the servers do not answer or have no leader; past a limit it throws. */
  ask<T>(request: () => Promise<T>): Promise<T>
  /** The first entry's message past a sequence, as the leader of that log has it. */
  nextIn(log: LogSubjects, after: number): Promise<StoredMsg | null>
  close(): Promise<void>
}

export async function openConnection(options: NatsConnectionOptions): Promise<Connection> {
  const { world, servers, space } = options
  const first = new URL(servers[0] ?? 'nats://127.0.0.1:4222')
  const nats = await connect({
    servers: servers.map((url) => new URL(url).host),
    ...(first.username && { user: decodeURIComponent(first.username), pass: decodeURIComponent(first.password) }),
    ...(first.protocol === 'tls:' && { tls: {} }),
    name: 'waypost',
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    // Otherwise every message pays for the stack of an error that it hardly ever meets.
    noAsyncTraces: true,
    // A server that is paused, or cut off, is noticed and left: with the client's own figures that takes minutes.
    timeout: 2_000,
    pingInterval: 2_000,
    maxPingOut: 2,
  })
  const js = jetstream(nats, { timeout: REQUEST_MS_MAX })
  const manager = await jetstreamManager(nats, { timeout: REQUEST_MS_MAX, checkAPI: false })
  const subjects = subjectsOf(space)
  const room = createRoom(IN_FLIGHT_MAX)
  /** By the part of their subjects that names a stream. */
  const streams = new Map<string, Unanswered>()

  async function ask<T>(request: () => Promise<T>): Promise<T> {
    const until = world.clock.elapsed() + CALL_MS_MAX
    for (let delayMs = RETRY_MS_MIN; ; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
      assert(!nats.isClosed(), 'nobody uses an engine that is closed')
      try {
        return await request()
      } catch (fault) {
        if (!isPassing(fault) || nats.isClosed() || world.clock.elapsed() >= until) throw fault
      }
      await world.timers.sleep(delayMs)
    }
  }

  function unansweredOf(subject: string): Unanswered {
    const name = subject.split('.', 2).join('.')
    const known = streams.get(name) ?? createUnanswered(world)
    streams.set(name, known)
    return known
  }

  /** Throws as soon as the message is known to be lost; its id makes sending it again the same as sending it once. */
  async function send(subject: string, data: Uint8Array, options: Partial<JetStreamPublishOptions>): Promise<PubAck> {
    const onItsWay = unansweredOf(subject).send()
    try {
      const answer = js.publish(subject, data, options)
      answer.catch(() => undefined)
      const first = await Promise.race([answer, onItsWay.lost])
      if (first === 'lost') throw new Error(`a message to ${subject} was lost on its way`)
      onItsWay.answered()
      return first
    } finally {
      onItsWay.over()
    }
  }

  async function publish({
    subject,
    data,
    headers,
    expected,
    secondsToLive,
  }: Publication): Promise<number | 'conflict'> {
    const msgID = nuid.next()
    await room.enter()
    try {
      const stored = await ask(() =>
        send(subject, data, {
          msgID,
          timeout: STORED_MS_MAX,
          ...(headers && { headers }),
          ...(expected !== undefined && { expect: { lastSubjectSequence: expected } }),
          ...(secondsToLive !== undefined && { ttl: `${secondsToLive}s` }),
        }),
      )
      return stored.seq
    } catch (fault) {
      if (fault instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.has(fault.code)) return 'conflict'
      throw fault
    } finally {
      room.leave()
    }
  }

  return {
    world,
    nats,
    jetstream: js,
    manager,
    subjects,
    publish,
    ask,
    nextIn({ stream, every }, after) {
      const query = { seq: after + 1, next_by_subj: every }
      return ask(() => manager.streams.getMessage(stream, query))
    },
    close() {
      for (const unanswered of streams.values()) unanswered[Symbol.dispose]()
      return nats.close()
    },
  }
}

/** What may be over a moment later: no answer, no leader, no connection, the same message. A refusal by the servers is not. */
function isPassing(fault: unknown): boolean {
  if (fault instanceof OwnFault) return false
  return !(fault instanceof JetStreamApiError) || fault.status === UNAVAILABLE || fault.code === ON_ITS_WAY
}

/** Lets so many in at once; the others wait, in order. */
function createRoom(max: number) {
  const waiting: (() => void)[] = []
  let inside = 0
  return {
    async enter(): Promise<void> {
      if (inside < max) inside++
      else await new Promise<void>((resolve) => waiting.push(resolve))
    },
    leave(): void {
      const next = waiting.shift()
      if (next) next()
      else inside--
    },
  }
}
