import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Progress } from '@waypost/kernel/progress'
import { ratesAt } from '../../packages/load/src/open-loop/model.ts'
import { FORMAT, type Capacity, type Profiled } from './capacity.ts'
import { describeStep } from './describe.ts'
import { flameRows } from './flame.ts'
import { findKnee } from './knee.ts'
import { thisMachine, type Machine, type Shares } from './machine.ts'
import type { Common, Job } from './options.ts'
import { DISTURBED_TRIES_MAX, OTHERS_MAX } from './promise.ts'
import { startProfiling, type Profiling } from './profile.ts'
import { renderReport } from './report.ts'
import { LoadFault, openSetting, type Setting } from './setting.ts'
import { judgeSoak, type Soak } from './soak.ts'
import { flameOf, stageShares } from './stages.ts'
import { runStep, type Step, type StepOptions } from './step.ts'

/** What a job needs from whoever started it. */
export interface Around {
  readonly progress: Progress
  readonly signal: AbortSignal
  /** One line about what was just found. */
  readonly note: (line: string) => void
  readonly now: () => Date
  /** Called when everything stands: from now on the signal ends it in order. */
  readonly onReady: () => void
}

/** Steps above the first take more check-ins: the recording has as many as a server four times as fast as any seen needs. */
const KNEE_READS_MAX = 4_000
/** A soak looks at itself so often. */
const WINDOW_S_MAX = 60
const CAPACITY = 'capacity.json'
const SOAK = 'soak.json'
const REPORT = 'index.html'

/** One load. */
export async function runOnce(job: Job & { readonly kind: 'run' }, around: Around): Promise<Once> {
  const seconds = job.warmUpS + job.measuredS
  await using setting = await settingFor(job, ratesAt(job.reads).checkinsPerSecond * seconds, around)
  const step = await stepOf(setting, job, around, { readsPerSecond: job.reads, label: 'load', seed: job.seed })
  if (step === undefined) throw new LoadFault('The recording has too few check-ins')
  const once = { machine: thisMachine(), shares: setting.shares, about: setting.about, step }
  mkdirSync(job.folder, { recursive: true })
  writeJson(join(job.folder, 'load.json'), once)
  return once
}

export interface Once {
  readonly machine: Machine
  readonly shares: Shares
  readonly about: string
  readonly step: Step
}

/** Raises the load until the promise breaks, profiles at the knee, and writes the report. */
export async function runFindKnee(job: Job & { readonly kind: 'find-knee' }, around: Around): Promise<Capacity> {
  const seconds = job.warmUpS + job.measuredS
  const checkins = ratesAt(KNEE_READS_MAX).checkinsPerSecond * seconds * (job.stepsMax + 1)
  await using setting = await settingFor(job, checkins, around)
  const steps: Step[] = []

  async function measure(readsPerSecond: number, onMeasuring?: () => void): Promise<Step | undefined> {
    if (around.signal.aborted) return undefined
    // Steps that others disturbed count too: it must end.
    if (steps.length >= job.stepsMax && !onMeasuring) return undefined
    const label = onMeasuring ? 'profiling' : `step ${steps.length + 1}`
    const seed = job.seed + steps.length
    const step = await stepOf(setting, job, around, {
      readsPerSecond,
      label,
      seed,
      ...(onMeasuring && { onMeasuring }),
    })
    if (step === undefined) around.note('the recording is over')
    else around.note(describeStep(step))
    return step
  }

  const knee = await findKnee(
    async (load) => {
      for (let again = 1; ; again++) {
        const step = await measure(load)
        if (step === undefined || around.signal.aborted) return undefined
        steps.push(step)
        if (step.broken.length === 0) return true
        if (step.usage.othersCores <= OTHERS_MAX || again >= DISTURBED_TRIES_MAX) return false
        around.note('others took of its cores meanwhile: once more')
      }
    },
    { first: job.first, factor: job.factor, precision: 0.08, measurementsMax: job.stepsMax },
  )
  if (steps.length === 0) throw new LoadFault('Stopped before anything was measured')
  const profile =
    knee.holdsAt === 0 ? undefined : await profiled(setting, (onMeasuring) => measure(knee.holdsAt, onMeasuring))
  const capacity: Capacity = {
    ...keptOf(setting, around),
    warmUpS: job.warmUpS,
    measuredS: job.measuredS,
    knee,
    steps,
    profile,
  }
  mkdirSync(job.folder, { recursive: true })
  writeJson(join(job.folder, CAPACITY), capacity)
  writeReport(job.folder, capacity)
  return capacity
}

/** One load for long, window after window. */
export async function runSoak(job: Job & { readonly kind: 'soak' }, around: Around): Promise<Soak> {
  const found = job.reads === undefined ? readKept<Capacity>(join(job.folder, CAPACITY)) : undefined
  if (job.reads === undefined && (found === undefined || found.knee.holdsAt === 0)) {
    throw new LoadFault(`${join(job.folder, CAPACITY)} has no knee: find it first (--find-knee), or say --reads`)
  }
  const readsPerSecond = job.reads ?? found!.knee.holdsAt * job.share
  const windowS = Math.min(WINDOW_S_MAX, (job.minutes * 60) / 10)
  const seconds = job.minutes * 60 + job.warmUpS
  await using setting = await settingFor(job, ratesAt(readsPerSecond).checkinsPerSecond * seconds, around)
  const windows: Step[] = []
  const until = performance.now() + seconds * 1_000
  while (performance.now() < until && !around.signal.aborted) {
    const isFirst = windows.length === 0
    const options = { ...job, warmUpS: isFirst ? job.warmUpS : 0, measuredS: windowS }
    const label = `window ${windows.length + 1}`
    const step = await stepOf(setting, options, around, { readsPerSecond, label, seed: job.seed + windows.length })
    if (step === undefined) break
    around.note(describeStep(step))
    windows.push(step)
  }
  const soak: Soak = {
    ...keptOf(setting, around),
    readsPerSecond,
    share: job.reads === undefined ? job.share : undefined,
    minutes: windows.reduce((sum, { measuredS }) => sum + measuredS, 0) / 60,
    windows,
    verdict: judgeSoak(windows),
  }
  mkdirSync(job.folder, { recursive: true })
  writeJson(join(job.folder, SOAK), soak)
  const capacity = found ?? readKept<Capacity>(join(job.folder, CAPACITY))
  if (capacity) writeReport(job.folder, capacity)
  return soak
}

/** Makes the report anew of what lies in the folder; answers its file. */
export function runReport({ folder }: Job & { readonly kind: 'report' }): string {
  const capacity = readKept<Capacity>(join(folder, CAPACITY))
  if (capacity === undefined) throw new LoadFault(`${join(folder, CAPACITY)} is not there, or of another format`)
  writeReport(folder, capacity)
  return join(folder, REPORT)
}

/** What every file that is kept begins with. */
function keptOf({ shares, about }: Setting, { now }: Around) {
  return { version: FORMAT, takenAt: now().toISOString(), machine: thisMachine(), shares, about } as const
}

function writeReport(folder: string, capacity: Capacity): void {
  writeFileSync(join(folder, REPORT), renderReport(capacity, readKept<Soak>(join(folder, SOAK))))
}

async function settingFor(
  { dataset, people, preload }: Common,
  checkins: number,
  { progress, onReady }: Around,
): Promise<Setting> {
  // Steps draw a few more than their mean, and quiet ones before them count too.
  const setting = await openSetting({ dataset, people, preload, checkins: Math.ceil(checkins * 1.1) + 1_000 }, progress)
  onReady()
  return setting
}

function stepOf(
  setting: Setting,
  { warmUpS, measuredS }: Pick<Common, 'warmUpS' | 'measuredS'>,
  { signal, progress }: Around,
  options: Pick<StepOptions, 'readsPerSecond' | 'label' | 'seed' | 'onMeasuring'>,
): Promise<Step | undefined> {
  return runStep(setting, { warmUpMs: warmUpS * 1_000, measuredMs: measuredS * 1_000, signal, progress, ...options })
}

async function profiled(
  setting: Setting,
  measure: (onMeasuring: () => void) => Promise<Step | undefined>,
): Promise<Profiled | undefined> {
  let profiling: Promise<Profiling> | undefined
  const step = await measure(() => {
    profiling = startProfiling(setting.load.server.pid, setting.inspectPort)
    // Looked at below.
    profiling.catch(() => undefined)
  })
  const threads = await (await profiling)?.stop()
  if (step === undefined || threads === undefined) return undefined
  return { step, stages: stageShares(threads), flame: flameRows(flameOf(threads)) }
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, rounded, 2)}\n`)
}

/** Digits that say nothing are left out. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value
}

/** Undefined where there is none of this format. */
function readKept<T extends { readonly version: typeof FORMAT }>(file: string): T | undefined {
  if (!existsSync(file)) return undefined
  const kept = JSON.parse(readFileSync(file, 'utf8')) as T
  return kept.version === FORMAT ? kept : undefined
}
