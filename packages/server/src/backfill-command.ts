import type { Engine } from '@waypost/engine'
import type { Result, Telemetry, World } from '@waypost/kernel'
import { startProgress, type Progress, type Screen } from '@waypost/kernel/progress'
import type { Backfill } from '#log/backfill.ts'
import type { BackfillEnd, BackfillProgress } from '#log/backfill-port.ts'
import type { FailedPerson } from '#log/backfill-state.ts'
import { createBackfills, type BackfillOrder, type Backfills } from '#log/backfills.ts'
import { openEventLog } from '#log/event-log.ts'
import { startIngest } from '#log/ingest.ts'
import { callControl, type ControlLine } from '#serve/control.ts'
import type { Config } from './config.ts'
import { createEvents } from './events.ts'
import { openEngine } from './open-engine.ts'
import { openOutside } from './outside.ts'

/** Where a command speaks: the progress on `screen`, what came of it by `print`. */
export interface Terminal {
  readonly screen: Screen
  readonly print: (text: string) => void
  /** Ctrl-C. */
  readonly signal: AbortSignal
}

/** What a command runs in. */
export interface Surroundings {
  readonly config: Config
  readonly telemetry: Telemetry
  readonly terminal: Terminal
}

/** People being taken in, by the server that holds the data folder, where one does, and in this process otherwise. */
export interface Undertaking {
  /** What the server is asked for. */
  readonly call: () => Promise<AsyncIterable<ControlLine> | undefined>
  readonly callToStop: () => Promise<unknown>
  /** Refused, as a sentence, where it cannot be. */
  readonly begin: (backfills: Backfills, engine: Engine) => Promise<Result<Backfill, string>>
}

const PROGRESS_MS = 250
const STOPPED_BY_SIGNAL = 130

/**
 * `waypost backfill`: by the server that holds the data folder, where one does, and in this process otherwise.
 * Answers the exit code: 0 when everybody is settled, 1 when somebody could not be had, 130 when it was stopped.
 */
export async function backfill(world: World, surroundings: Surroundings, order: BackfillOrder): Promise<number> {
  const { dataFolder } = surroundings.config
  const found = await undertake(world, surroundings, {
    call: () => callControl(dataFolder, '/backfill', order),
    callToStop: () => callControl(dataFolder, '/backfill/stop', order),
    begin: async (backfills) => backfills.join(order),
  })
  surroundings.terminal.print(describe(order.host, found))
  return exitCode(found)
}

/** With its progress on the screen. */
export async function undertake(world: World, surroundings: Surroundings, undertaking: Undertaking): Promise<Found> {
  const { terminal } = surroundings
  const progress = startProgress(world, terminal.screen)
  try {
    const lines = await undertaking.call()
    return lines
      ? await watch(lines, { undertaking, progress, terminal })
      : await runHere(world, surroundings, undertaking, progress)
  } finally {
    progress.finish()
  }
}

/** `waypost backfill --stop`: answers the exit code, 1 where there was nothing to stop. */
export async function stopBackfill({ dataFolder }: Config, order: BackfillOrder, terminal: Terminal): Promise<number> {
  let isStopped = false
  for await (const line of (await callControl(dataFolder, '/backfill/stop', order)) ?? []) {
    if ('stopped' in line) isStopped = line.stopped
  }
  terminal.print(
    isStopped ? `Stopped; asked again, it goes on from there.` : `No backfill of ${order.host} is under way.`,
  )
  return isStopped ? 0 : 1
}

/** What is known in the end. */
export type Found = {
  readonly progress?: BackfillProgress
  readonly failed: readonly FailedPerson[]
} & ({ readonly end: BackfillEnd } | { readonly refused: string })

async function watch(
  lines: AsyncIterable<ControlLine>,
  { undertaking, progress, terminal }: { undertaking: Undertaking; progress: Progress; terminal: Terminal },
): Promise<Found> {
  tell(terminal, 'The running server does it')
  const stop = (): void => void undertaking.callToStop().catch(() => {})
  terminal.signal.addEventListener('abort', stop, { once: true })
  if (terminal.signal.aborted) stop()
  let latest: BackfillProgress | undefined
  const failed: FailedPerson[] = []
  try {
    for await (const line of lines) {
      if ('progress' in line) show(progress, (latest = line.progress))
      else if ('failed' in line) failed.push(line.failed)
      else if ('end' in line || 'refused' in line) return { ...line, failed, ...(latest && { progress: latest }) }
    }
  } catch {
    // The connection broke: the same as an end without a last word.
  }
  const refused = 'The server is gone. What it settled is kept; asked again, it goes on from there.'
  return { refused, failed, ...(latest && { progress: latest }) }
}

async function runHere(
  world: World,
  { config, telemetry, terminal }: Surroundings,
  { begin }: Undertaking,
  progress: Progress,
): Promise<Found> {
  const { log } = telemetry
  const events = createEvents(telemetry, world)
  await using engine = await openEngine(world, config)
  tell(terminal, 'No server runs on the data folder, so it is done here')
  const { keyValue } = engine
  const eventLog = openEventLog(engine.log, world)
  const { isPlainAllowed, ...outside } = openOutside(world, config)
  await using ingest = startIngest({ world, log, eventLog, keyValue, ...outside, hosts: [], events })
  await using backfills = createBackfills({
    world,
    log,
    keyValue,
    eventLog,
    ...outside,
    ingest,
    events,
    isPlainAllowed,
  })
  const begun = await begin(backfills, engine)
  if (!begun.ok) return { refused: begun.error, failed: [] }
  const { value: running } = begun
  terminal.signal.addEventListener('abort', () => running.stop(), { once: true })
  if (terminal.signal.aborted) running.stop()
  using _showing = world.timers.every(PROGRESS_MS, () => show(progress, running.progress()))
  const end = await Promise.race([running.ended, ingest.finished.then(() => ({ kind: 'stopped' }) as const)])
  show(progress, running.progress())
  return { end, progress: running.progress(), failed: running.failed() }
}

function tell({ screen }: Terminal, where: string): void {
  screen.write(`${where}. Ctrl-C stops it; asked again, it goes on from there.\n`)
}

function show(bar: Progress, progress: BackfillProgress): void {
  const { host, seen, total, isCounted } = progress
  bar.show(URL.parse(host)?.host ?? host, seen, isCounted ? total : { atLeast: total }, noteOf(progress))
}

/** What matters most comes first: a terminal's line ends somewhere. */
function noteOf({ seen, total, isCounted, entriesPerSecond, outcomes, failed, waiting }: BackfillProgress): string {
  const secondsLeft = entriesPerSecond > 0 ? (total - seen) / entriesPerSecond : undefined
  const counts: readonly (readonly [string, number])[] = [
    ['adopted', outcomes.adopted],
    ['failed', sum(failed)],
    ['members', outcomes.member + outcomes.behind],
    ['without records of ours', outcomes.foreign],
    ['inactive', outcomes.inactive],
  ]
  return [
    `${Math.round(entriesPerSecond)}/s`,
    ...(isCounted && secondsLeft !== undefined ? [`${duration(secondsLeft)} left`] : []),
    ...(waiting ? [`waits ${duration(waiting.forMs / 1_000)} for ${waiting.host} (${waiting.detail})`] : []),
    ...counts.filter(([what, count]) => count > 0 || what === 'adopted').map(([what, count]) => `${what} ${count}`),
    ...(sum(failed) > 0 ? [reasons(failed)] : []),
  ].join(', ')
}

/** The summary, as lines for a person. */
function describe(host: string, found: Found): string {
  const { progress } = found
  const begun = progress ? rows(progress) : []
  if ('refused' in found) return [...begun, found.refused].join('\n')
  const { end } = found
  switch (end.kind) {
    case 'finished-before':
      return `Everybody on ${host} was settled on ${new Date(end.at).toISOString()}. With --again it begins anew.`
    case 'finished':
      return [`Everybody on ${host} is settled.`, ...begun].join('\n')
    case 'stopped':
      return ['Stopped; asked again, it goes on from there.', ...begun].join('\n')
    case 'broken':
      return [`The list of ${host} does not lead on: ${end.detail}. What was settled is kept.`, ...begun].join('\n')
  }
}

export function rows({ seen, outcomes, failed, skipped }: BackfillProgress): readonly string[] {
  const all: readonly (readonly [string, number, string?])[] = [
    ['in the lists, so far', seen],
    ['adopted', outcomes.adopted],
    ['members already', outcomes.member],
    ['members behind their PDS', outcomes.behind, 'looked at when the server starts next'],
    ['without records of ours', outcomes.foreign],
    ['inactive', outcomes.inactive],
    ['failed', sum(failed), `${reasons(failed)}; tried again when asked again`],
    ['passed over', sum(skipped), reasons(skipped)],
  ]
  return all
    .filter(([what, count]) => count > 0 || what === 'adopted')
    .map(([what, count, why]) => `  ${what.padEnd(26)}${String(count).padStart(9)}${why ? `  ${why}` : ''}`)
}

export function exitCode(found: Found): number {
  if ('refused' in found || found.end.kind === 'broken') return 1
  if (found.end.kind === 'stopped') return STOPPED_BY_SIGNAL
  return found.end.kind === 'finished' && sum(found.progress?.failed ?? {}) > 0 ? 1 : 0
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

function reasons(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ')
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
