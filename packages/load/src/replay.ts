import type { World } from '@waypost/kernel'
import type { Progress } from '@waypost/kernel/progress'
import { readDataset, type Dataset, type RowFault } from './dataset.ts'
import { makePeople, registerPeople, type Person } from './directory-client.ts'
import { startFakeHost, type FakeHost } from './fake-host.ts'
import { countReplay, replayEvents, type ReplayTotals } from './replay-events.ts'
import { connectServer, increase, type ServerClient } from './server-client.ts'
import { createSignedRepo } from './signed-repo.ts'

export interface ReplayOptions {
  /** Folder with `checkins.csv.gz`, as `readDataset` wants it. */
  readonly folder: string
  readonly people: number
  readonly server: string
  readonly plc: string
  /** Of the replay's own host; 0 takes any free one. */
  readonly port: number
  /** Undefined: as fast as the server reads. */
  readonly eventsPerSecond: number | undefined
  /** Keep the host up after the end, until the signal aborts. */
  readonly hold: boolean
  readonly seed: string
}

export interface ReplayReport {
  readonly totals: ReplayTotals
  readonly framesSent: number
  readonly seconds: number
  /** Rows of the dataset that were left out. */
  readonly refusedRows: ReadonlyMap<RowFault, number>
  /** What the server refused meanwhile. */
  readonly refusals: ReadonlyMap<string, number>
  /** Visible check-ins of the server before and after. */
  readonly shownBefore: number
  readonly shownAfter: number
}

/** Something outside is not as a replay needs it. The message is for whoever started it, one line. */
export class ReplayFault extends Error {
  override name = 'ReplayFault'
}

const POLL_MS = 500
/** Once everything is sent, a server that counts nothing new for so long has all that it will take. */
const SETTLED_MS = 5_000
/** A host that was followed before may have to wait for the server to try again. */
const CONNECTED_WITHIN_MS = 60_000

/**
 * Plays a dataset of check-ins to a running Waypost server, as the repositories of so many people on a host of its own.
 * Reports when the server shows everything, or nothing new for `SETTLED_MS`, or the signal aborts; then resolves, with
 * `hold` not before the signal. Rejects with a `ReplayFault`.
 */
export async function replay(
  world: World,
  options: ReplayOptions,
  hooks: {
    readonly progress: Progress
    readonly onReport: (report: ReplayReport) => void
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { progress, onReport, signal } = hooks
  const server = connectServer(options.server)
  const shownBefore = await reach(options.server, () => server.checkinCount())
  const refusedBefore = await server.refusals()

  progress.show('reading', 0, 1, options.folder)
  const dataset = await readFolder(options)
  if (dataset.visits.length === 0) throw new ReplayFault(`${options.folder} has no check-ins that can be replayed`)
  const people = await makePeople({ seed: options.seed, count: dataset.people.length, prefix: 'ny' })
  const dids = people.map(({ did }) => did)
  const totals = countReplay(replayEvents(dataset, dids))

  await using host = await openHost(world, options.port)
  for (const { did, handle, key } of people) {
    host.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
  }
  await register(people, host, options, progress)
  await reach(options.server, () => server.requestCrawl(host.hostname))

  const startedMs = world.clock.elapsed()
  const { eventsPerSecond } = options
  const play = { signal, ...(eventsPerSecond && { eventsPerSecond }) }
  const played = host.play(replayEvents(dataset, dids), play)
  const before = shownBefore ?? 0
  const expected = before + totals.checkins - totals.deleted
  const { shown, framesSent } = await watch(world, { host, server, totals, expected, progress, signal, played })
  onReport({
    totals,
    framesSent,
    seconds: (world.clock.elapsed() - startedMs) / 1_000,
    refusedRows: dataset.refused,
    refusals: increase(refusedBefore, await server.refusals().catch(() => refusedBefore)),
    shownBefore: before,
    shownAfter: shown,
  })
  if (options.hold) await new Promise<void>((resolve) => onAbort(signal, resolve))
}

/** Resolves when the server has been sent everything and shows what is expected, or nothing new for a while. */
async function watch(
  world: World,
  replaying: {
    readonly host: FakeHost
    readonly server: ServerClient
    readonly totals: ReplayTotals
    readonly expected: number
    readonly progress: Progress
    readonly signal: AbortSignal
    readonly played: Promise<void>
  },
): Promise<{ shown: number; framesSent: number }> {
  const { host, server, totals, expected, progress, signal, played } = replaying
  const startedMs = world.clock.elapsed()
  let [shown, framesSent, changedMs] = [0, 0, startedMs]
  while (!signal.aborted) {
    await Promise.race([world.timers.sleep(POLL_MS, signal), played.then(() => world.timers.sleep(POLL_MS, signal))])
    const nowMs = world.clock.elapsed()
    const [lastShown, lastSent] = [shown, framesSent]
    shown = (await latest(server)) ?? shown
    framesSent = Math.max(framesSent, host.readers.furthest)
    if (shown !== lastShown || framesSent !== lastSent) changedMs = nowMs
    progress.show('replaying', framesSent, totals.events, note(host, framesSent, shown, (nowMs - startedMs) / 1_000))
    if (framesSent === 0 && host.readers.count === 0 && nowMs - startedMs >= CONNECTED_WITHIN_MS) {
      throw new ReplayFault(`The server took the request to follow ${host.hostname}, but has not connected to it`)
    }
    if (framesSent >= totals.events && (shown >= expected || nowMs - changedMs >= SETTLED_MS)) break
  }
  await played
  progress.finish()
  return { shown, framesSent }
}

async function openHost(world: World, port: number): Promise<FakeHost> {
  try {
    // Later runs on the same port go on counting, as a host does that was away for a while.
    return await startFakeHost({ world, port, firstSeq: world.clock.now() * 1_000 })
  } catch (error) {
    throw new ReplayFault(`Port ${port} cannot be had: ${(error as Error).message}. Choose another by --port.`)
  }
}

async function reach<T>(url: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string } }
    throw new ReplayFault(`No Waypost server at ${url}: ${cause?.code ?? message}. Start one with npm start.`)
  }
}

export async function readFolder({ folder, people }: Pick<ReplayOptions, 'folder' | 'people'>): Promise<Dataset> {
  try {
    return await readDataset(folder, { people })
  } catch (error) {
    throw new ReplayFault(`Cannot read the check-ins in ${folder}: ${(error as Error).message}`)
  }
}

async function register(
  people: readonly Person[],
  host: FakeHost,
  { plc, seed }: ReplayOptions,
  progress: Progress,
): Promise<void> {
  let done = 0
  const onDone = (): void => progress.show('registering', ++done, people.length)
  try {
    await registerPeople(people, { plcUrl: plc, seed, pds: host.url, onDone })
  } catch (error) {
    throw new ReplayFault(`The directory at ${plc} did not take the people's identities: ${(error as Error).message}`)
  }
  progress.finish()
}

/** A server under full load may be slow to answer; the next poll asks again. */
async function latest(server: ServerClient): Promise<number | undefined> {
  return server.checkinCount().catch(() => undefined)
}

function note(host: FakeHost, framesSent: number, shown: number, seconds: number): string {
  const rate = seconds > 0 ? Math.round(framesSent / seconds) : 0
  const state = host.readers.count === 0 ? 'waiting for the server' : `${rate} frames/s`
  return `${state}, server shows ${shown} check-ins`
}

function onAbort(signal: AbortSignal, action: () => void): void {
  if (signal.aborted) action()
  else signal.addEventListener('abort', () => action(), { once: true })
}

/** The report as lines for a person. */
export function describeReplay(report: ReplayReport): string {
  const { totals, framesSent, seconds } = report
  const rate = seconds > 0 ? Math.round(framesSent / seconds) : 0
  return [
    `${framesSent} of ${totals.events} frames sent in ${seconds.toFixed(1)} s (${rate}/s)`,
    `In all: ${totals.commits} commits by ${totals.profiles} people, ${totals.follows} follows,`,
    `  ${totals.checkins} check-ins, of which ${totals.edited} edited and ${totals.deleted} deleted again`,
    `The server shows ${report.shownAfter} check-ins (${report.shownBefore} before)`,
    `The server refused: ${list(report.refusals)}`,
    `Rows left out: ${list(report.refusedRows)}`,
  ].join('\n')
}

/** What a folder comes to, as lines for a person. */
export function describeDataset({ people, visits, friends, refused }: Dataset): string {
  const rows = visits.length + [...refused.values()].reduce((sum, count) => sum + count, 0)
  const venues = new Set(visits.map(({ venue }) => `${venue.name} ${venue.latitude} ${venue.longitude}`))
  return [
    `${people.length} people with ${rows} rows, ${friends.length} pairs of friends among them`,
    `Rows kept: ${visits.length}, at ${venues.size} venues`,
    `Rows left out: ${list(refused)}`,
  ].join('\n')
}

function list(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([reason, count]) => `${reason} ${count}`).join(', ') || 'nothing'
}
