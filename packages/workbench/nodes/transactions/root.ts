import type { Body, CallFault, Handlers, NodeContext } from '../../src/node/program.ts'
import type { MicroOp } from '../../src/checkers/transactions/transactions.ts'

const TIMEOUT = 0
const TEMPORARILY_UNAVAILABLE = 11
const KEY_DOES_NOT_EXIST = 20
const PRECONDITION_FAILED = 22
const TXN_CONFLICT = 30

const SERVICE = 'lin-kv'
const CALL_TIMEOUT_MS = 1_000
/** A transaction that lost the race so often gives up. */
const TRIES_MAX = 16
/** Past this many later changes a transaction can't see any more whether it was done. */
const RECENT_MAX = 32

/** The whole database, which is one value of the service. */
interface Root {
  /** Counts the changes, so that no two roots are alike: a message that comes twice must not succeed twice. */
  readonly version: number
  /** The transactions that made the newest versions, oldest first. */
  readonly recent: readonly string[]
  readonly data: Readonly<Record<string, unknown>>
}

/** What a write makes of a key's value. */
export type Write = (current: unknown, argument: unknown) => unknown

/**
 * Strict-serializable transactions over the service `lin-kv`: the database is read whole, changed here, and put in place of
 * the one that was read by compare-and-set. Where another was faster all is done again.
 */
export function transactionsOver({ call, nodeId, world }: NodeContext, write: Write): Handlers {
  const life = Buffer.from(world.random.bytes(8)).toString('hex')
  let known: Root = { version: 0, recent: [], data: {} }
  let txns = 0

  async function readRoot(): Promise<CallFault | undefined> {
    const answer = await call(SERVICE, { type: 'read', key: 'root' }, CALL_TIMEOUT_MS)
    if (answer.ok) known = newer(known, answer.value['value'] as Root)
    else if (answer.error.code !== KEY_DOES_NOT_EXIST) return { ...answer.error, code: TEMPORARILY_UNAVAILABLE }
    return undefined
  }

  async function read(txn: readonly MicroOp[]): Promise<Body> {
    const fault = await readRoot()
    return fault ? { type: 'error', ...fault } : { type: 'txn_ok', txn: applied(txn, known.data, write).answer }
  }

  /** Tries from what is known already: where that is old the service says so. */
  async function update(txn: readonly MicroOp[]): Promise<Body> {
    const id = `${nodeId}/${life}/${txns++}`
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const from = known
      const { data, answer } = applied(txn, from.data, write)
      const to: Root = { version: from.version + 1, recent: [...from.recent, id].slice(-RECENT_MAX), data }
      const cas = { type: 'cas', key: 'root', from, to, create_if_not_exists: from.version === 0 }
      const swapped = await call(SERVICE, cas, CALL_TIMEOUT_MS)
      if (swapped.ok) {
        known = newer(known, to)
        return { type: 'txn_ok', txn: answer }
      }
      const { code, text } = swapped.error
      const isRefused = code === PRECONDITION_FAILED || code === KEY_DOES_NOT_EXIST
      // Nobody knows whether it was done, so it must not be tried again.
      if (!isRefused || (await readRoot())) return { type: 'error', code: TIMEOUT, text }
      // A message that came twice is refused the second time, and that answer may be the first to arrive.
      if (known.recent.includes(id)) return { type: 'txn_ok', txn: answer }
      if (known.version - from.version >= RECENT_MAX)
        return { type: 'error', code: TIMEOUT, text: 'too many were faster' }
    }
    return { type: 'error', code: TXN_CONFLICT, text: `others were faster ${TRIES_MAX} times` }
  }

  function run(txn: readonly MicroOp[]): Promise<Body> {
    return txn.every(([f]) => f === 'r') ? read(txn) : update(txn)
  }

  return { txn: ({ body }) => run(body['txn'] as readonly MicroOp[]) }
}

function newer(a: Root, b: Root): Root {
  return b.version > a.version ? b : a
}

function applied(
  txn: readonly MicroOp[],
  before: Root['data'],
  write: Write,
): { readonly data: Root['data']; readonly answer: readonly MicroOp[] } {
  const data: Record<string, unknown> = { ...before }
  const answer = txn.map(([f, key, argument]): MicroOp => {
    const name = JSON.stringify(key)
    if (f === 'r') return [f, key, data[name] ?? null]
    data[name] = write(data[name], argument)
    return [f, key, argument]
  })
  return { data, answer }
}
