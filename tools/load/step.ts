import type { Progress } from '@waypost/kernel/progress'
import type { LatencySummary } from '../../packages/load/src/open-loop/latencies.ts'
import { ratesAt, type Rates } from '../../packages/load/src/open-loop/model.ts'
import type { Reading, Tick } from '../../packages/load/src/open-loop/readers.ts'
import { usageOf } from '../../bench/ingest/server-under-load.ts'
import { busySeconds, folderMb, thisMachine, writtenBytes } from './machine.ts'
import { readMetrics, sumOf, type Metrics } from './metrics.ts'
import { brokenBy, tooMuch } from './promise.ts'
import { LoadFault, type Setting } from './setting.ts'

/** One load, and what came of it. Milliseconds and seconds as the names say; shares and cores from 0. */
export interface Step {
  readonly rates: Rates
  /** Since the first one began. */
  readonly atS: number
  readonly measuredS: number
  readonly reads: LatencySummary
  readonly freshness: LatencySummary
  readonly byQuestion: Reading['byQuestion']
  readonly answeredPerSecond: number
  readonly faults: Reading['faults']
  readonly failed: number
  readonly missing: number
  readonly lost: number
  readonly faultShare: number
  /** The generator's own: what it sent later than it was due. */
  readonly lateness: LatencySummary
  readonly followers: number
  readonly usage: Usage
  readonly stoppedBecause?: string | undefined
  /** What of the promise does not hold. */
  readonly broken: readonly string[]
}

export interface Usage {
  /** Of the server, all threads. */
  readonly serverCores: number
  /** Of the readers, the host and whoever measures. */
  readonly loadCores: number
  /** Of the cores that the server may use, taken by anybody else: what makes a step worse than it is. */
  readonly othersCores: number
  /** How busy the server's threads were: `main`, `check-1`, … */
  readonly threads: Readonly<Record<string, number>>
  /** Share of the time in which the log was being synced to the disk. */
  readonly logBusy: number
  readonly rssMb: number
  /** Highest seen: positions that the read model was behind the log. */
  readonly lagMax: number
  readonly writtenMbPerSecond: number
  /** To connections that others opened. */
  readonly egressMbPerSecond: number
  readonly folderMb: number
}

export interface StepOptions {
  readonly readsPerSecond: number
  readonly warmUpMs: number
  readonly measuredMs: number
  readonly seed: number
  readonly signal: AbortSignal
  readonly progress: Progress
  readonly label: string
  /** Called when what counts begins. */
  readonly onMeasuring?: () => void
}

/** The server lets in 10,000, and one of them looks at the clock. */
const FOLLOWERS_MAX = 9_500
const LOOK_MS = 2_000
/** A server that takes longer to say how it fares is not asked again for the moment. */
const METRICS_WITHIN_MS = 5_000
/** Before the next step the server must have caught up; what takes longer is its own answer. */
const QUIET_WITHIN_MS = 30_000
const QUIET_LOOK_MS = 250

/** Undefined: the recording has no more check-ins for it. */
export async function runStep(setting: Setting, options: StepOptions): Promise<Step | undefined> {
  const { load, readers, checkinsPerMessage } = setting
  const { readsPerSecond, warmUpMs, measuredMs, seed } = options
  const rates = ratesAt(readsPerSecond)
  const { sent } = await load.host.state()
  const perSecond = rates.checkinsPerSecond / checkinsPerMessage
  const through = sent + Math.ceil((perSecond * (warmUpMs + measuredMs)) / 1_000)
  if (through > load.recording.length) return undefined
  await readers.follow(Math.min(rates.followers, FOLLOWERS_MAX))

  const { atMs } = await load.host.play({ through, messagesPerSecond: perSecond, seed })
  const watch = watchStep(setting, options)
  const told = { from: sent, through, atMs, perSecond, seed }
  const reading = await readers.read({ perSecond: readsPerSecond, warmUpMs, measuredMs, seed, told }, watch.onTick)
  const { usage, atS, stoppedBecause } = await watch.end()
  if (!options.signal.aborted) await quiet(setting)

  const { reads, failed, missing, lost, freshness } = reading
  const asked = reads.count + freshness.count + reading.followers
  const step: Omit<Step, 'broken'> = {
    ...reading,
    rates,
    atS,
    measuredS: measuredMs / 1_000,
    answeredPerSecond: (reads.count - failed) / (measuredMs / 1_000),
    faultShare: asked === 0 ? 1 : (failed + missing + lost) / asked,
    usage,
    ...(stoppedBecause !== undefined && { stoppedBecause }),
  }
  return { ...step, broken: brokenBy(step) }
}

/** Looks at the server while a step goes on, shows how far it is, and ends it where it is too much. */
function watchStep(setting: Setting, options: StepOptions) {
  const { load, readers } = setting
  const { readsPerSecond, warmUpMs, measuredMs, signal, progress, label } = options
  const { memoryMb } = thisMachine()
  const totalMs = warmUpMs + measuredMs
  const startedMs = performance.now()
  const looks: Look[] = []
  let stoppedBecause: string | undefined
  let latest: Said | undefined
  let lagMax = 0
  let isOver = false

  function stop(because: string): void {
    if (stoppedBecause !== undefined) return
    stoppedBecause = because
    readers.stop()
    void load.host.state().then((state) => load.host.play({ through: state.sent }))
  }

  async function watch(): Promise<void> {
    while (!isOver) {
      const metrics = await readMetrics(load.server.url, METRICS_WITHIN_MS)
      if (metrics) latest = { atMs: performance.now(), metrics }
      if (metrics) lagMax = Math.max(lagMax, sumOf(metrics, 'waypost_projection_lag'))
      await pauseUnless(() => isOver, LOOK_MS)
    }
  }

  const measuring = setTimeout(() => {
    looks.push(look(setting, latest))
    options.onMeasuring?.()
  }, warmUpMs)
  const measured = setTimeout(() => looks.push(look(setting, latest)), totalMs)
  const watching = watch()

  return {
    onTick({ reads, failed, underWay }: Tick): void {
      const passedMs = Math.min(totalMs, performance.now() - startedMs)
      const note = `${Math.round(readsPerSecond)} reads/s, p99 ${reads.p99.toFixed(0)} ms${passedMs < warmUpMs ? ', warming up' : ''}`
      progress.show(label, Math.round(passedMs / 1_000), Math.round(totalMs / 1_000), note)
      const { rssMb } = usageOf(load.server.pid)
      const now = { reads: reads.count, failed, p99Ms: reads.p99, underWay, lag: lagMax, rssMb, machineMb: memoryMb }
      const because = signal.aborted ? 'it was asked to' : tooMuch(now)
      if (because !== undefined) stop(because)
    },
    async end() {
      clearTimeout(measuring)
      clearTimeout(measured)
      isOver = true
      await watching
      // One that was stopped early has no end of its own.
      while (looks.length < 2) looks.push(look(setting, latest))
      const usage = usageBetween(looks[0]!, looks[1]!, { lagMax, folderMb: folderMb(load.folder) }, setting.shares)
      return { usage, atS: startedMs / 1_000, stoppedBecause }
    },
  }
}

interface Look {
  readonly atMs: number
  readonly serverS: number
  readonly rssMb: number
  readonly loadS: number
  /** Of the server's cores. */
  readonly busyS: number
  readonly written: number
  readonly said: Said | undefined
}

interface Said {
  readonly atMs: number
  readonly metrics: Metrics
}

function look({ load, readers, shares }: Setting, said: Said | undefined): Look {
  const { cpuS, rssMb } = usageOf(load.server.pid)
  const { user, system } = process.cpuUsage()
  const loadS = usageOf(readers.pid).cpuS + usageOf(load.host.pid).cpuS + (user + system) / 1e6
  return {
    atMs: performance.now(),
    serverS: cpuS,
    rssMb,
    loadS,
    busyS: busySeconds(shares.server),
    written: writtenBytes(load.server.pid),
    said,
  }
}

function usageBetween(
  from: Look,
  to: Look,
  rest: Pick<Usage, 'lagMax' | 'folderMb'>,
  { isPinned }: Setting['shares'],
): Usage {
  const seconds = Math.max(0.001, (to.atMs - from.atMs) / 1_000)
  // What the server says is up to two seconds old, and says so.
  const saidS = Math.max(0.001, ((to.said?.atMs ?? 0) - (from.said?.atMs ?? 0)) / 1_000)
  const risenPerSecond = (name: string, label: string): number => {
    if (!from.said || !to.said) return 0
    return Math.max(0, sumOf(to.said.metrics, name, label) - sumOf(from.said.metrics, name, label)) / saidS
  }
  const busyOf = (thread: string): number =>
    Math.min(1, risenPerSecond('waypost_thread_busy_seconds_total', `thread="${thread}"`))
  const names = [...(to.said?.metrics.keys() ?? [])].flatMap((series) => {
    return /^waypost_thread_busy_seconds_total\{.*thread="([^"]+)"/.exec(series)?.[1] ?? []
  })
  const serverCores = (to.serverS - from.serverS) / seconds
  const loadCores = (to.loadS - from.loadS) / seconds
  const own = isPinned ? serverCores : serverCores + loadCores
  return {
    serverCores,
    loadCores,
    othersCores: Math.max(0, (to.busyS - from.busyS) / seconds - own),
    threads: Object.fromEntries(names.map((name) => [name, busyOf(name)])),
    logBusy: Math.min(1, risenPerSecond('waypost_engine_seconds_sum', 'op="append"')),
    rssMb: to.rssMb,
    writtenMbPerSecond: (to.written - from.written) / 2 ** 20 / seconds,
    egressMbPerSecond: risenPerSecond('waypost_use', 'what="egressBytes",period="day"') / 2 ** 20,
    ...rest,
  }
}

/** Waits until the server has caught up with what there was. */
async function quiet({ load }: Setting): Promise<void> {
  const until = performance.now() + QUIET_WITHIN_MS
  for (;;) {
    const metrics = await readMetrics(load.server.url, METRICS_WITHIN_MS)
    if (metrics && sumOf(metrics, 'waypost_projection_lag') === 0) return
    if (load.server.output().includes('"level":60')) throw new LoadFault(load.server.output().slice(-2_000))
    if (performance.now() > until) return
    await new Promise((resolve) => setTimeout(resolve, QUIET_LOOK_MS))
  }
}

async function pauseUnless(isOver: () => boolean, ms: number): Promise<void> {
  const until = performance.now() + ms
  while (!isOver() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, QUIET_LOOK_MS))
}
