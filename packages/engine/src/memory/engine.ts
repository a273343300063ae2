import { ok, refuse, type World } from '@waypost/kernel'
import { READ_BYTES_MAX, type Blobs, type Engine, type Entry, type KeyValue, type Log } from '../port.ts'
import { assertBlobName, assertEntry, assertLimit, assertName, assertPosition } from '../shape.ts'
import { createWaiters } from '../waiters.ts'

/** An engine that forgets: every promise of the ports but durability, for tests and simulations. */
export function openMemoryEngine({ world }: { world: World }): Engine {
  return {
    log: memoryLog(),
    privateLog: memoryLog(),
    keyValue: memoryKeyValue(world),
    ledger: memoryKeyValue(world),
    blobs: memoryBlobs(),
    [Symbol.asyncDispose]: async () => {},
  }
}

function memoryLog(): Log {
  /** In the order of their positions, with gaps where some were erased. */
  let entries: Entry[] = []
  const byId = new Map<string, Entry>()
  const cursors = new Map<string, number>()
  const waiters = createWaiters()
  let head = 0

  return {
    async append(added) {
      for (const entry of added) assertEntry(entry)
      const positions = added.map((entry) => {
        const { key, id, source, body } = entry
        if (source) cursors.set(source.host, Math.max(source.seq, cursors.get(source.host) ?? 0))
        const known = byId.get(nameOf(key, id))
        if (known) return known.position
        const kept: Entry = { position: ++head, key, id, ...(source && { source: { ...source } }), body: body.slice() }
        entries.push(kept)
        byId.set(nameOf(key, id), kept)
        return kept.position
      })
      waiters.wake(head)
      return positions
    },
    async read(after, { limit }) {
      assertPosition(after, 'where to read from')
      assertLimit(limit)
      const found: Entry[] = []
      let bytes = 0
      for (let at = firstAfter(entries, after); at < entries.length && found.length < limit; at++) {
        const entry = copyOf(entries[at]!)
        found.push(entry)
        bytes += entry.body.byteLength
        if (bytes > READ_BYTES_MAX) break
      }
      return found
    },
    head: async () => head,
    async last(key) {
      const entry = entries.findLast((candidate) => candidate.key === key)
      return entry && copyOf(entry)
    },
    async keys(after, { limit }) {
      assertLimit(limit)
      const keys = new Set(entries.map((entry) => entry.key).filter((key) => inBytes(after, key) < 0))
      return [...keys].toSorted(inBytes).slice(0, limit)
    },
    cursors: async () => new Map(cursors),
    async erase(key, { through }) {
      assertName(key, "an entry's key")
      assertPosition(through, 'how far to erase')
      const erased = entries.filter((entry) => entry.key === key && entry.position <= through)
      for (const entry of erased) byId.delete(nameOf(key, entry.id))
      if (erased.length > 0) entries = entries.filter((entry) => entry.key !== key || entry.position > through)
      return erased.length
    },
    async waitPast(after, signal) {
      if (head <= after) await waiters.wait(after, signal)
    },
  }
}

/** The order of two texts' UTF-8 bytes. */
function inBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Keys and ids have no NUL. */
function nameOf(key: string, id: string): string {
  return `${key}\0${id}`
}

function copyOf(entry: Entry): Entry {
  return { ...entry, body: entry.body.slice() }
}

/** Binary search: the index of the first entry past a position. */
function firstAfter(entries: readonly Entry[], after: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (entries[middle]!.position > after) high = middle
    else low = middle + 1
  }
  return low
}

function memoryKeyValue(world: World): KeyValue {
  const held = new Map<string, { value: Uint8Array; revision: number; expiresAt: number }>()
  let newest = 0

  function live(key: string) {
    const found = held.get(key)
    return found && found.expiresAt > world.clock.now() ? found : undefined
  }

  function put(key: string, value: Uint8Array, expiresAt: number | undefined): number {
    held.set(key, { value: value.slice(), revision: ++newest, expiresAt: Math.floor(expiresAt ?? Infinity) })
    return newest
  }

  return {
    async get(key) {
      const found = live(key)
      return found && { value: found.value.slice(), revision: found.revision }
    },
    async put(key, value, { expiresAt } = {}) {
      assertName(key, 'a key')
      return put(key, value, expiresAt)
    },
    async compareAndSet(key, value, { revision, expiresAt }) {
      assertName(key, 'a key')
      if ((live(key)?.revision ?? 0) !== revision) return refuse('conflict')
      return ok(put(key, value, expiresAt))
    },
    async delete(key) {
      assertName(key, 'a key')
      held.delete(key)
    },
    async list(prefix) {
      const keys = [...held.keys()].filter((key) => key.startsWith(prefix) && live(key))
      return keys.toSorted(inBytes)
    },
  }
}

function memoryBlobs(): Blobs {
  const held = new Map<string, Uint8Array>()
  return {
    async put(name, bytes) {
      assertBlobName(name)
      held.set(name, bytes.slice())
    },
    async get(name) {
      assertBlobName(name)
      return held.get(name)?.slice()
    },
    async delete(name) {
      assertBlobName(name)
      held.delete(name)
    },
    list: async (prefix) => [...held.keys()].filter((name) => name.startsWith(prefix)).toSorted(),
  }
}
