import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  JetStreamApiCodes,
  JetStreamApiError,
  type StreamConfig,
} from '@nats-io/jetstream'
import type { Connection } from './connection.ts'

/** The servers know a message that comes again within this time by its id: longer than ten times the longest pause seen. */
const DUPLICATE_WINDOW_NS = 120 * 1_000_000_000

/** Makes the streams where they are absent, and gives those that are there as many copies as asked for. */
export async function ensureStreams(connection: Connection, replicas: number): Promise<void> {
  const { subjects } = connection
  const { log, privateLog, state, ledger, partsStream, everyPart } = subjects
  const configOf = ({ stream, every }: { stream: string; every: string }) =>
    config({ name: stream, subjects: [every], replicas })
  const whole = [log, privateLog, { stream: partsStream, every: everyPart }].map(configOf)
  const cells = [state, ledger].map((each) => ({ ...configOf(each), max_msgs_per_subject: 1, allow_msg_ttl: true }))
  for (const each of [...whole, ...cells]) await ensureStream(connection, each)
}

async function ensureStream({ manager, ask }: Connection, wanted: Partial<StreamConfig> & { name: string }) {
  const present = await ask(() => infoOrNothing(() => manager.streams.info(wanted.name)))
  if (present === undefined) await ask(() => manager.streams.add(wanted))
  else if (present.config.num_replicas < wanted.num_replicas!) {
    await ask(() => manager.streams.update(wanted.name, { num_replicas: wanted.num_replicas! }))
  }
}

async function infoOrNothing<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request()
  } catch (fault) {
    if (fault instanceof JetStreamApiError && fault.code === JetStreamApiCodes.StreamNotFound) return undefined
    throw fault
  }
}

/** Where there is no room anything new is refused; nothing old makes way for it. */
function config(options: { name: string; subjects: string[]; replicas: number }) {
  return {
    name: options.name,
    subjects: options.subjects,
    num_replicas: options.replicas,
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    duplicate_window: DUPLICATE_WINDOW_NS,
    // A copy that lags would answer, and what was just written be missing from the answer.
    allow_direct: false,
  }
}
