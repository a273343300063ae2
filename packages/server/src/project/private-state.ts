import { createHash } from 'node:crypto'
import type { Engine, Entry, NewEntry, Position } from '@waypost/engine'
import { OwnFault, type Did, type World } from '@waypost/kernel'
import { createPatience, Stopped } from '#log/patience.ts'
import {
  LEDGER_KEY,
  ledgerEntry,
  openSealed,
  readPrivateEntry,
  tagOf,
  type PersonKey,
  type PrivateEvent,
  type PrivateItem,
  type PrivateKind,
} from '#log/private-event.ts'
import { openLedger, type PrivateLedger } from '#log/private-ledger.ts'
import { openPrivateFile, prepareRows, type PrivateRow } from './private-rows.ts'

/**
 * What people have here that is in no repository. In: the private log, and the ledger with the keys to it. Out: what
 * stands there now, as it stands on every other replica. Promise: what is deleted, and all of a person who is gone, is
 * not here, whatever an older log says; what is kept on the disk is as it is in the log, encrypted.
 *
 * It is made anew from the log at each start: there is little of it, and then it can be of no other log.
 */
export interface PrivateState extends AsyncDisposable {
  readonly ledger: PrivateLedger
  /** Of how many people there are entries and no key, though the log says nothing of their end. */
  unreadable(): number
  position(): Position
  /** Resolves once it holds all that the log has by now. */
  catchUp(): Promise<void>
  /** Puts entries into the log; resolves once they have come to be held here. */
  append(entries: readonly NewEntry[]): Promise<void>
  get(did: Did, kind: PrivateKind, id: string): PrivateItem | undefined
  /** By which name the log knows it. */
  nameOf(did: Did, kind: PrivateKind, id: string): string | undefined
  of(did: Did, kind: PrivateKind): readonly PrivateItem[]
  /** Everybody's, in no order: opens all that there is. */
  all(kind: PrivateKind): readonly PrivateChange[]
  /** Called with what has become of items, once reading shows it. A listener must not throw. */
  subscribe(listener: (change: PrivateChange) => void): Disposable
  /** The same for two replicas that hold the same. */
  digest(): string
  /** Rejects with our own fault, if there is one; resolves after disposal. */
  readonly stopped: Promise<void>
}

export interface PrivateChange {
  readonly did: Did
  readonly item: PrivateItem
  /** Or it has just gone. */
  readonly isThere: boolean
}

export interface PrivateStateOptions {
  readonly world: World
  readonly engine: Pick<Engine, 'privateLog' | 'ledger'>
  /** Overwritten at the start; `:memory:` where there is no disk. */
  readonly file: string
  readonly failed: (what: string, error: unknown) => void
}

const ENTRIES_PER_READ = 512
/** What is past its time reads as absent at once, and is taken out so often. */
const SWEEP_MS = 3_600_000
const RETRY_MS_MAX = 500

/** With what it says. */
interface ReadEntry extends Entry {
  readonly event: PrivateEvent
}

/** Somebody who waits until it is held what stands there. */
interface Arrival {
  readonly at: Position
  readonly resolve: () => void
  readonly reject: (why: Error) => void
}

/**
 * Resolves once it holds what the log had at that moment. One story, told in order: read, ask the ledger, fold, tell, erase.
 * Throws an `Error` where the ledger is not the one that the log was written with: nothing could be read, and all of it
 * would pass for erased.
 */
export async function openPrivateState(options: PrivateStateOptions): Promise<PrivateState> {
  const { world, engine, file, failed } = options
  const log = engine.privateLog
  const ledger = openLedger(world, engine.ledger)
  const stop = new AbortController()
  const { signal } = stop
  const patience = createPatience({ world, signal, failed, retryMsMax: RETRY_MS_MAX })
  const match = await patience('open the ledger', () => matchLedger(log, ledger))
  if (match !== 'same') {
    throw new Error(
      `the ledger ${match}, and with it the keys to everything private: put the newest copy of it in place; ` +
        'or delete the private log, where there is none, and what is private is gone (see operate.md)',
    )
  }
  // An older log may have again what they are of. What is deleted from now on is added.
  const tombstones = new Set(await patience('read tombstones', () => ledger.tombstones()))

  const db = openPrivateFile(file)
  const rows = prepareRows(db)
  /** Whose key is known, and who has one. Some 500 bytes for each person. */
  const people = new Map<string, PersonKey>()
  const owners = new Map<Did, string>()
  const listeners = new Set<(change: PrivateChange) => void>()
  const arrivals = new Set<Arrival>()
  /** Entries that this process appends: what they stand in the place of is its to erase. */
  const mine = new Set<string>()
  /** Whose key is gone, and where entries of theirs stand, by name: until their end is met, or for good. */
  const unreadable = new Map<string, Map<string, Position>>()
  /** Of which names nothing up to a position is worth anything. */
  const worthless = new Map<string, Position>()
  let [position, isCaughtUp] = [0, false]
  let erasing = Promise.resolve()

  function meet(person: PersonKey): void {
    people.set(person.owner, person)
    owners.set(person.did, person.owner)
  }

  function openRow({ name, owner, sealed }: PrivateRow): PrivateItem {
    return openSealed(people.get(owner)!, name, sealed)
  }

  /** What the ledger has to say of these entries, and what they have to say to it; before anything of them is shown. */
  async function consultLedger(entries: readonly ReadEntry[]): Promise<void> {
    const unknown = new Set<string>()
    for (const { event } of entries) {
      if (event.kind === 'put' && !people.has(event.owner)) unknown.add(event.owner)
    }
    const found = await Promise.all([...unknown].map((owner) => ledger.find(owner)))
    for (const person of found) if (person) meet(person)
    for (const { event, key } of entries) {
      if (event.kind === 'ended' && people.has(key)) await ledger.forget(key)
      if (event.kind !== 'deleted' || tombstones.has(key) || isPast(event.expiresAt)) continue
      await ledger.bury(key, event.expiresAt)
      tombstones.add(key)
    }
  }

  function isPast(expiresAt: number | undefined): boolean {
    return expiresAt !== undefined && expiresAt <= world.clock.now()
  }

  const foldAll = db.transaction((entries: readonly ReadEntry[]) => entries.flatMap((entry) => [...fold(entry)]))

  function* fold(entry: ReadEntry): Iterable<PrivateChange> {
    const { event, key: name, position: at } = entry
    // Others erase what theirs stand in the place of; what is found at the start nobody may have.
    const isOurs = mine.delete(nameOf(entry)) || !isCaughtUp
    const cut = (of: string, through: Position): void => void (isOurs && worthless.set(of, through))
    if (event.kind === 'put') {
      const { owner, sealed } = event
      const person = people.get(owner)
      if (person === undefined) {
        // Not erased: where the ledger is an old one by mistake, the newest can still be put in its place.
        const names = unreadable.get(owner) ?? new Map<string, Position>()
        return void unreadable.set(owner, names.set(name, at))
      }
      const item = tombstones.has(name) ? undefined : openSealed(person, name, sealed)
      if (item === undefined || isPast(item.expiresAt)) {
        yield* remove(rows.byName.all(name))
        return cut(name, at)
      }
      const { kind, id, expiresAt } = item
      const named = tagOf(person, kind, id)
      const [before] = rows.byTag.all(owner, named)
      if (before) cut(before.name, before.position)
      if (before && before.name !== name) rows.remove.run(before.name)
      rows.put.run(name, owner, tagOf(person, kind), named, at, expiresAt ?? null, sealed)
      yield { did: person.did, item, isThere: true }
    } else if (event.kind === 'deleted') {
      yield* remove(rows.byName.all(name))
      cut(name, isPast(event.expiresAt) ? at : at - 1)
    } else if (event.kind === 'ended') {
      const held = rows.byOwner.all(name)
      yield* remove(held)
      for (const row of held) cut(row.name, row.position)
      for (const [of, through] of unreadable.get(name) ?? []) cut(of, through)
      unreadable.delete(name)
      const person = people.get(name)
      people.delete(name)
      if (person && owners.get(person.did) === name) owners.delete(person.did)
    }
  }

  function* remove(held: readonly PrivateRow[]): Iterable<PrivateChange> {
    for (const row of held) {
      rows.remove.run(row.name)
      yield { did: people.get(row.owner)!.did, item: openRow(row), isThere: false }
    }
  }

  function tell(changes: readonly PrivateChange[]): void {
    for (const change of changes) for (const listener of listeners) listener(change)
  }

  function move(to: Position): void {
    position = Math.max(position, to)
    for (const arrival of arrivals) if (arrival.at <= position) arrival.resolve()
  }

  /** Out of the log, one after the other and beside everything else; what is not done by the end is found at the next start. */
  function eraseWorthless(): void {
    if (worthless.size === 0) return
    const erased = [...worthless]
    worthless.clear()
    erasing = erasing.then(async () => {
      for (const [name, through] of erased) {
        await patience('erase what is superseded', () => log.erase(name, { through })).catch(unlessStopped)
      }
    })
    erasing.catch(() => {})
  }

  const sweep = db.transaction(() => {
    const past = rows.past.all(world.clock.now())
    for (const { name, position: at } of past) worthless.set(name, at)
    return [...remove(past)]
  })
  const sweeping = world.timers.every(SWEEP_MS, () => {
    tell(sweep.immediate())
    eraseWorthless()
  })

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const head = await patience('ask for the private head', () => log.head())
      const after = position
      const found = await patience('read what is private', () => log.read(after, { limit: ENTRIES_PER_READ }))
      const entries = found.map((entry) => ({ ...entry, event: readPrivateEntry(entry) }))
      await patience('ask the ledger', () => consultLedger(entries))
      tell(foldAll.immediate(entries))
      isCaughtUp ||= entries.length === 0
      move(entries.at(-1)?.position ?? head)
      eraseWorthless()
      if (entries.length === 0) await patience('wait', () => log.waitPast(position, signal))
    }
  }

  let end: Error | undefined
  function endWith(why: Error): void {
    end = why
    for (const { reject } of arrivals) reject(why)
  }

  const stopped = run().catch(unlessStopped)
  // Whoever does not look at it must not be brought down by it before the process ends in order.
  stopped.then(
    () => endWith(new Stopped('what is private')),
    (cause: unknown) => endWith(new OwnFault('what is private cannot be followed', { cause })),
  )

  async function reach(at: Position): Promise<void> {
    if (position >= at) return
    if (end !== undefined) throw end
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const arrival = { at, resolve, reject }
    arrivals.add(arrival)
    await promise.finally(() => arrivals.delete(arrival))
  }

  const catchUp = async (): Promise<void> => reach(await log.head())

  function find(did: Did, kind: PrivateKind, id: string): PrivateRow | undefined {
    const owner = owners.get(did)
    if (owner === undefined) return undefined
    return rows.live.get(owner, tagOf(people.get(owner)!, kind, id), world.clock.now())
  }

  async function close(): Promise<void> {
    sweeping[Symbol.dispose]()
    stop.abort()
    try {
      await stopped
    } finally {
      await erasing
      db.close()
    }
  }

  try {
    await patience('begin with what is private', catchUp)
  } catch (fault) {
    await close().catch(() => {})
    throw fault
  }
  return {
    ledger,
    unreadable: () => unreadable.size,
    position: () => position,
    catchUp,
    async append(entries) {
      for (const entry of entries) mine.add(nameOf(entry))
      const positions = await log.append(entries)
      await reach(Math.max(...positions))
    },
    get(did, kind, id) {
      const row = find(did, kind, id)
      return row && openRow(row)
    },
    nameOf: (did, kind, id) => find(did, kind, id)?.name,
    of(did, kind) {
      const owner = owners.get(did)
      if (owner === undefined) return []
      return rows.ofKind.all(owner, tagOf(people.get(owner)!, kind), world.clock.now()).map(openRow)
    },
    all(kind) {
      const found: PrivateChange[] = []
      for (const row of rows.every.iterate(world.clock.now())) {
        const item = openRow(row)
        if (item.kind === kind) found.push({ did: people.get(row.owner)!.did, item, isThere: true })
      }
      return found
    },
    subscribe(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
    digest() {
      const hash = createHash('sha256')
      for (const { name, owner, position: at, sealed } of rows.every.iterate(world.clock.now())) {
        hash.update(`${name} ${owner} ${at} ${sealed.length} `).update(sealed)
      }
      return hash.digest('hex')
    },
    stopped,
    [Symbol.asyncDispose]: close,
  }
}

/** A log without a word about its ledger is new, or was left behind: it gets one. */
async function matchLedger(
  log: Engine['privateLog'],
  ledger: PrivateLedger,
): Promise<'same' | 'is lost' | 'is another one'> {
  const [said, id] = [(await log.last(LEDGER_KEY))?.id, await ledger.id()]
  if (said === id && id !== undefined) return 'same'
  if (said !== undefined) return id === undefined ? 'is lost' : 'is another one'
  await log.append([ledgerEntry(await ledger.begin())])
  return 'same'
}

function nameOf({ key, id }: Pick<NewEntry, 'key' | 'id'>): string {
  return `${key} ${id}`
}

function unlessStopped(fault: unknown): void {
  if (!(fault instanceof Stopped)) throw fault
}
