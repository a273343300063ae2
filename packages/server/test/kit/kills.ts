import { atUri, realWorld, type Cid, type Did } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import {
  cidOf,
  createSignedRepo,
  generatedEvents,
  startDocumentDirectory,
  startFakeHost,
  type FakeHost,
  type GeneratedPerson,
  type HostEvent,
} from '@waypost/load'
import { prepareRegisters } from '#project/apply.ts'
import { digest } from '#project/digest.ts'
import { openReadModel, type ReadModel } from '#project/read-model.ts'
import { freePort } from '../../../../tools/free-port.ts'
import {
  runWaypost,
  startServerProcess,
  waitUntil,
  waitUntilUp,
  type ServerProcess,
  type Settings,
} from '../kill9-process.ts'

/**
 * A server under kill -9.
 * In: people, what they do, and when the server that follows them is killed. Out: what it holds in the end, beside
 * what those people's repositories hold.
 */

/** One moment: before the event of this number is emitted, and once more so soon after the next start. */
export interface Kill {
  readonly at: number
  readonly againAfterMs?: number
}

export interface Aftermath {
  readonly kills: number
  /** What `waypost digest` says: a hash for each projection. The position is no part of it: repairs have own entries. */
  readonly digest: unknown
  /** Records of the repositories that the read model does not hold as they are. */
  readonly lost: readonly string[]
  /** Records that the read model holds twice, or although no repository has them. */
  readonly repeated: readonly string[]
  /** How many visible check-ins the read model counts, and how many there should be. */
  readonly counted: number
  readonly standing: number
  /** Where it did not come to rest with all that there is: why, and what the server wrote. */
  readonly unrest: string | undefined
}

const SEED = 1_509
const START_MS = Date.UTC(2025, 0, 1)
/** A read model that has not changed for so long has taken in all that there is. */
const QUIET_MS = 700
/** A process killed that young has not finished opening its files, or has just connected. */
const YOUNG_MS_MAX = 1_500

export function eventsOf(
  people: readonly GeneratedPerson[],
  { commitsEach }: { readonly commitsEach: number },
): readonly HostEvent[] {
  const { random } = simWorld({ seed: SEED })
  return [...generatedEvents(people, { random, commitsEach, startMs: START_MS })]
}

/** So many kills by the dice, all over a stream of so many events; every fifth process is killed soon after its start. */
export function drawKills(events: number, kills: number): readonly Kill[] {
  const { random } = simWorld({ seed: SEED })
  const points = new Map<number, Kill>()
  for (let left = kills; left > 0;) {
    const at = Math.floor(events * (0.05 + 0.93 * random.fraction()))
    if (points.has(at)) continue
    const isTwice = left > 1 && left % 5 === 0
    points.set(at, { at, ...(isTwice && { againAfterMs: YOUNG_MS_MAX * random.fraction() }) })
    left -= isTwice ? 2 : 1
  }
  return [...points.values()]
}

/** Plays the events to a server in `folder` that is killed at these moments. */
export async function playWithKills(
  people: readonly GeneratedPerson[],
  events: readonly HostEvent[],
  options: {
    readonly folder: string
    /** Of the host: DID documents name it, and what a server knows includes them. */
    readonly port: number
    readonly kills: readonly Kill[]
    readonly restWithinMs: number
    /** What the server is told beside where things are. */
    readonly settings?: Settings
  },
): Promise<Aftermath> {
  const { folder, port, restWithinMs } = options
  const killAt = new Map(options.kills.map((kill) => [kill.at, kill]))
  await using host = await newHost(people, port)
  await using directory = await startDocumentDirectory()
  const called = (did: Did, handle: string): void => {
    const { key } = people.find((person) => person.did === did)!
    directory.put({ did, handle, signingKey: key.did, pds: host.url })
  }
  for (const { did, handle } of people) called(did, handle)
  const settings: Settings = {
    WAYPOST_DATA: folder,
    WAYPOST_PORT: String(await freePort()),
    WAYPOST_HOSTS: host.url,
    WAYPOST_PLC_URL: directory.url,
    WAYPOST_SANDBOX: host.url,
    WAYPOST_LOG_LEVEL: 'warn',
    ...options.settings,
  }
  let server = startServerProcess(settings)
  let kills = 0
  async function killAndStart(): Promise<void> {
    await server.kill()
    kills++
    server = startServerProcess(settings)
  }
  async function* withKills(): AsyncGenerator<HostEvent, void> {
    for (const [index, event] of events.entries()) {
      const kill = killAt.get(index)
      if (kill) await killAndStart()
      if (kill?.againAfterMs !== undefined) {
        await realWorld().timers.sleep(kill.againAfterMs)
        await killAndStart()
      }
      if (event.kind === 'identity' && event.handle) called(event.did, event.handle)
      yield event
    }
  }
  try {
    await host.play(withKills())
    const wanted = { standing: standing(events), handles: handles(people, events) }
    const unrest = await rest(server, { folder, wanted, restWithinMs })
    await waitUntilUp(server)
    await server.stop()
    const { byProjection } = JSON.parse(runWaypost(settings, 'digest', '--json')) as { byProjection: unknown }
    return { kills, digest: byProjection, ...comparison(folder, events), standing: wanted.standing, unrest }
  } finally {
    await server.kill()
  }
}

export async function newHost(people: readonly GeneratedPerson[], port: number): Promise<FakeHost> {
  const world = realWorld()
  const host = await startFakeHost({ world, port })
  for (const { did, handle, key } of people) {
    host.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
  }
  return host
}

/** How many check-ins stand at the end, by the events alone: those of people who are neither gone nor hidden. */
export function standing(events: readonly HostEvent[]): number {
  const hidden = new Set<Did>()
  for (const event of events) {
    if (event.kind === 'account' && event.active) hidden.delete(event.did)
    if (event.kind === 'account' && !event.active) hidden.add(event.did)
  }
  const isCheckin = (uri: string): boolean => uri.includes('/app.waypost.checkin/')
  const isHidden = (uri: string): boolean => hidden.has(uri.split('/')[2] as Did)
  return [...recordsOf(events).keys()].filter((uri) => isCheckin(uri) && !isHidden(uri)).length
}

/** What everybody's repository holds at the end, by the events alone; nothing of who has deleted their account. */
function recordsOf(events: readonly HostEvent[]): ReadonlyMap<string, Cid> {
  const byAuthor = new Map<Did, Map<string, Cid>>()
  for (const event of events) {
    if (event.kind === 'account' && event.status === 'deleted') byAuthor.delete(event.did)
    if (event.kind !== 'commit') continue
    const own = byAuthor.get(event.did) ?? new Map<string, Cid>()
    byAuthor.set(event.did, own)
    for (const { action, collection, rkey, record } of event.writes) {
      const uri = atUri(event.did, collection, rkey)
      if (action === 'delete') own.delete(uri)
      else own.set(uri, cidOf(record!))
    }
  }
  return new Map([...byAuthor.values()].flatMap((own) => [...own]))
}

/** What everybody is called at the end, by the events alone. */
export function handles(people: readonly GeneratedPerson[], events: readonly HostEvent[]): ReadonlyMap<Did, string> {
  const called = new Map(people.map(({ did, handle }) => [did, handle]))
  for (const event of events) if (event.kind === 'identity' && event.handle) called.set(event.did, event.handle)
  return called
}

/** Record by record: what the read model holds, beside what it should. */
export function comparison(
  folder: string,
  events: readonly HostEvent[],
): Pick<Aftermath, 'lost' | 'repeated' | 'counted'> {
  using readModel = openReadModel({ folder, readOnly: true })
  const wanted = recordsOf(events)
  const found = new Map<string, Cid>()
  const repeated: string[] = []
  for (const { uri, cid } of recordsIn(readModel)) {
    if (found.has(uri) || !wanted.has(uri)) repeated.push(uri)
    found.set(uri, cid)
  }
  const lost = [...wanted].filter(([uri, cid]) => found.get(uri) !== cid).map(([uri]) => uri)
  return { lost, repeated, counted: countIn(readModel) }
}

export function* recordsIn({
  db,
  projections,
}: ReadModel): Generator<{ readonly uri: string; readonly cid: Cid }, void> {
  const registers = prepareRegisters(db, { building: false })
  const folds = projections.map((projection) => projection.prepare(db, registers, () => {}))
  const people = db.prepare<[], { id: number; did: Did }>('select id, did from person').all()
  for (const { id, did } of people) {
    for (const { collection, rkey, cid } of folds.flatMap((fold) => fold.held(id))) {
      yield { uri: atUri(did, collection, rkey), cid }
    }
  }
}

export function countIn({ db }: ReadModel): number {
  return db.prepare<[], number>('select checkins from tally').pluck().get()!
}

export interface Wanted {
  readonly standing: number
  readonly handles: ReadonlyMap<Did, string>
}

interface State {
  readonly checkins: number
  /** Members whose handle is not the one that they have in the end. */
  readonly misnamed: number
  /** Only where the rest is as wanted: it takes long, and the hosts are in this process. */
  readonly digest: string | undefined
}

/** Reads the read model of a running server from outside. */
export function stateOf(folder: string, wanted: Wanted): State {
  using readModel = openReadModel({ folder, readOnly: true })
  const { db } = readModel
  const checkins = countIn(readModel)
  const members = db.prepare<[], { did: Did; handle: string | null }>('select did, handle from person where known = 1')
  const misnamed = members.all().filter(({ did, handle }) => handle !== wanted.handles.get(did)).length
  const isThere = checkins === wanted.standing && misnamed === 0
  return { checkins, misnamed, digest: isThere ? digest(readModel).overall : undefined }
}

/** Until the server shows what it should, calls everybody right, and has changed nothing for a while; or why not. */
async function rest(
  server: ServerProcess,
  options: { readonly folder: string; readonly wanted: Wanted; readonly restWithinMs: number },
): Promise<string | undefined> {
  const { folder, wanted, restWithinMs } = options
  let last: State | undefined
  let since = performance.now()
  const isQuiet = (): boolean => {
    const state = stateOf(folder, wanted)
    if (state.digest === undefined || state.digest !== last?.digest) since = performance.now()
    last = state
    return performance.now() - since >= QUIET_MS
  }
  try {
    await waitUntil(`${wanted.standing} check-ins are shown`, server, isQuiet, restWithinMs)
    return undefined
  } catch (error) {
    return `${(error as Error).message}\n${JSON.stringify(last)}`
  }
}
