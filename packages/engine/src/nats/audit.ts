import { createHash } from 'node:crypto'
import type { World } from '@waypost/kernel'
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream'
import { openConnection, type Connection } from './connection.ts'

/** Which copy serves a reader is the servers' dice: so often it is thrown for each copy. */
const THROWS_PER_COPY = 15
/** A reader that gets nothing for so long has reached the end of its copy. */
const SILENT_MS_MAX = 3_000
const READ_BYTES_MAX = 8 * 1_024 * 1_024
const FORGOTTEN_AFTER_NS = 30 * 1_000_000_000
/** What was purged or written anew while one copy had been read and the next had not is no damage: see `damagesIn`. */
const READINGS_MAX = 3

/** A server's copy of a stream that is not as the fullest one. */
export interface Damage {
  readonly server: string
  readonly stream: string
  /** How many messages it lacks; 0 where it has as many, and not the same. */
  readonly missing: number
  /** The servers whose copies of that stream are alike and not damaged. */
  readonly whole: readonly string[]
}

/** One server's copy as it was read once. */
export interface Copy {
  readonly server: string
  readonly messages: number
  readonly digest: string
  /** The sequences that are there, in order, as runs without a hole. */
  readonly runs: readonly Run[]
}

export interface Run {
  readonly from: number
  to: number
}

/**
 * Reads every server's copy of each of our streams from end to end, and names those that differ from the fullest one.
 * Empty where all are whole. A server does not notice by itself that a block on its disk is damaged: it leaves the
 * messages out, and once it leads it hands out the rest as if that were all.
 *
 * Cure: `repairCopies`; by hand: stop the server that is named, delete the stream's folder under its `store_dir`, start it.
 */
export async function auditCopies(options: {
  readonly world: World
  readonly servers: readonly string[]
  readonly space?: string
}): Promise<readonly Damage[]> {
  const connection = await openConnection({ space: 'waypost', ...options })
  try {
    const { log, privateLog, state, ledger, partsStream } = connection.subjects
    const streams = [log.stream, privateLog.stream, partsStream, state.stream, ledger.stream]
    const found: Damage[] = []
    for (const stream of streams) found.push(...(await auditStream(connection, stream)))
    return found
  } finally {
    await connection.close()
  }
}

async function auditStream(connection: Connection, stream: string): Promise<readonly Damage[]> {
  const readings: (readonly Copy[])[] = []
  for (;;) {
    readings.push(await readCopies(connection, stream))
    const found = damagesIn(stream, readings)
    if (found.length === 0 || readings.length === READINGS_MAX) return found
  }
}

/**
 * What one server lacks in every reading, message by message: copies are read one after another, and a stream that is
 * written to meanwhile lets go of a message between two of them, another one each time.
 */
export function damagesIn(stream: string, readings: readonly (readonly Copy[])[]): readonly Damage[] {
  const lacking = readings.map(lackingIn)
  const damaged = [...lacking[0]!].flatMap(([server, first]) => {
    const others = lacking.slice(1).map((each) => each.get(server))
    const lasting = [...first].filter((sequence) => others.every((each) => each?.has(sequence)))
    return lasting.length > 0 ? [{ server, missing: lasting.filter((each) => each !== CONTENT).length }] : []
  })
  const names = new Set(damaged.map(({ server }) => server))
  const whole = readings[0]!.map(({ server }) => server).filter((server) => !names.has(server))
  return damaged.map((each) => ({ ...each, stream, whole }))
}

/** Stands for a copy that has all the messages, and not the same ones. */
const CONTENT = 0

/** The sequences that a copy lacks beside the fullest one, by its server. Of several as full, most decide which is right. */
function lackingIn(copies: readonly Copy[]): ReadonlyMap<string, ReadonlySet<number>> {
  const alike = ({ digest }: Copy): number => copies.filter((copy) => copy.digest === digest).length
  const [fullest] = copies.toSorted((a, b) => b.messages - a.messages || alike(b) - alike(a)) as [Copy, ...Copy[]]
  return new Map(
    copies
      .filter(({ digest }) => digest !== fullest.digest)
      .map(({ server, runs }) => {
        const absent = absentFrom(runs, fullest.runs)
        return [server, absent.size > 0 ? absent : new Set([CONTENT])]
      }),
  )
}

function absentFrom(runs: readonly Run[], wanted: readonly Run[]): Set<number> {
  const absent = new Set<number>()
  let at = 0
  for (const { from, to } of wanted) {
    for (let sequence = from; sequence <= to; sequence++) {
      while (at < runs.length && runs[at]!.to < sequence) at++
      if (at === runs.length || runs[at]!.from > sequence) absent.add(sequence)
    }
  }
  return absent
}

async function readCopies(connection: Connection, stream: string): Promise<readonly Copy[]> {
  const { cluster, state } = await connection.ask(() => connection.manager.streams.info(stream))
  const wanted = new Set([cluster?.leader ?? '', ...(cluster?.replicas ?? []).map(({ name }) => name)])
  const copies: Copy[] = []
  for (let left = wanted.size * THROWS_PER_COPY; wanted.size > 0 && left > 0; left--) {
    const consumer = await connection.ask(() =>
      connection.manager.consumers.add(stream, {
        ack_policy: AckPolicy.None,
        deliver_policy: DeliverPolicy.All,
        inactive_threshold: FORGOTTEN_AFTER_NS,
        mem_storage: true,
        num_replicas: 1,
      }),
    )
    const server = consumer.cluster?.leader ?? ''
    if (wanted.delete(server))
      copies.push({
        server,
        ...(await readCopy(connection, { stream, consumer: consumer.name, through: state.last_seq })),
      })
    await connection.ask(() => connection.manager.consumers.delete(stream, consumer.name))
  }
  if (wanted.size > 0) throw new Error(`no copy of ${stream} was handed out by ${[...wanted].join(', ')}`)
  return copies
}

async function readCopy(
  { world, jetstream, ask }: Connection,
  { stream, consumer, through }: { stream: string; consumer: string; through: number },
): Promise<Omit<Copy, 'server'>> {
  const digest = createHash('sha256')
  const runs: Run[] = []
  let messages = 0
  const found = await ask(() => jetstream.consumers.get(stream, consumer))
  const coming = await ask(() => found.consume({ max_bytes: READ_BYTES_MAX }))
  let heardAt = world.clock.elapsed()
  using _silence = world.timers.every(SILENT_MS_MAX / 4, () => {
    if (world.clock.elapsed() - heardAt > SILENT_MS_MAX) coming.stop()
  })
  if (through > 0) {
    for await (const message of coming) {
      if (message.seq > through) break
      heardAt = world.clock.elapsed()
      messages++
      const run = runs.at(-1)
      if (run?.to === message.seq - 1) run.to = message.seq
      else runs.push({ from: message.seq, to: message.seq })
      digest.update(`${message.seq} ${message.subject} ${message.data.length} `).update(message.data)
      if (message.seq === through || message.info.pending === 0) break
    }
  }
  coming.stop()
  return { messages, digest: digest.digest('hex'), runs }
}
