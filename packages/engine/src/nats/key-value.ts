import { ok, refuse, type World } from '@waypost/kernel'
import { headers, type MsgHdrs } from '@nats-io/transport-node'
import type { KeyValue } from '../port.ts'
import { assertName } from '../shape.ts'
import type { Cell, Cells } from './cells.ts'
import { textOf, type HeldSubjects } from './subjects.ts'

const KEY = 'Waypost-Key'
const EXPIRES_AT = 'Waypost-Expires'

/** The servers drop what expired only this much later, so that their clocks decide nothing. */
const DROPPED_AFTER_S = 3_600

/** The key-value store: a cell for each key. Whether one has expired is told by the world's clock. */
export function createNatsKeyValue(world: World, cells: Cells, subjects: HeldSubjects): KeyValue {
  function isLive(cell: Cell): boolean {
    const expiresAt = cell.headers.get(EXPIRES_AT)
    if (cell.isGone) return false
    return expiresAt === '' || Number(expiresAt) > world.clock.now()
  }

  function set(
    key: string,
    value: Uint8Array,
    options: { expected?: number | undefined; expiresAt?: number | undefined },
  ) {
    const { expected, expiresAt } = options
    const leftS = expiresAt === undefined ? undefined : Math.max(0, Math.ceil((expiresAt - world.clock.now()) / 1_000))
    return cells.set(subjects.held(key), value, {
      headers: headersOf(key, expiresAt),
      ...(expected !== undefined && { expected }),
      ...(leftS !== undefined && { secondsToLive: leftS + DROPPED_AFTER_S }),
    })
  }

  return {
    async get(key) {
      assertName(key, 'a key')
      const cell = await cells.get(subjects.held(key))
      return cell && isLive(cell) ? { value: cell.data, revision: cell.revision } : undefined
    },
    async put(key, value, { expiresAt } = {}) {
      assertName(key, 'a key')
      return Number(await set(key, value, { expiresAt }))
    },
    async compareAndSet(key, value, { revision, expiresAt }) {
      assertName(key, 'a key')
      const cell = await cells.get(subjects.held(key))
      if ((cell && isLive(cell) ? cell.revision : 0) !== revision) return refuse('conflict')
      const written = await set(key, value, { expected: cell?.revision ?? 0, expiresAt })
      return written === 'conflict' ? refuse('conflict') : ok(written)
    },
    async delete(key) {
      assertName(key, 'a key')
      const cell = await cells.get(subjects.held(key))
      if (cell && isLive(cell)) await cells.remove(subjects.held(key), cell.revision)
    },
    async list(prefix) {
      const held = await cells.list(subjects.everyHeld, (subject) => textOf(subject)?.startsWith(prefix) ?? true)
      const keys = held.filter(isLive).map((cell) => decodeURIComponent(cell.headers.get(KEY)))
      return keys
        .filter((key) => key.startsWith(prefix))
        .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    },
  }
}

function headersOf(key: string, expiresAt: number | undefined): MsgHdrs {
  const made = headers()
  made.set(KEY, encodeURIComponent(key))
  if (expiresAt !== undefined) made.set(EXPIRES_AT, String(Math.floor(expiresAt)))
  return made
}
