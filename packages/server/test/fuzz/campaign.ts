/** A campaign: many turns of many targets, in a thread that is watched, and what is said of them in the end. */
import { Worker } from 'node:worker_threads'
import { loadCorpus } from './corpus.ts'
import type { Finding } from './findings.ts'
import { TARGETS } from './targets.ts'
import { openRange } from './turn.ts'

/** What a campaign is told. */
export interface Campaign {
  readonly targets: readonly string[]
  readonly seed: number
  /** Whether recorded material is used where it is there; turns are the same only where this is. */
  readonly recorded: boolean
  /** For so much of the CPU, targets in turn; without it every target has the turns that it names. */
  readonly cpuMsMax?: number
}

export interface Report {
  readonly missing: readonly string[]
  readonly targets: readonly TargetReport[]
  readonly findings: readonly Finding[]
  /** From the first round, in which everything is made that is made once, to the end. */
  readonly grown: { readonly heapBytes: number; readonly bufferBytes: number }
  /** Of the CPU: mutating and judging the verdicts too. */
  readonly cpuMs: number
  readonly heapBytes: number
}

export interface TargetReport {
  readonly name: string
  readonly executions: number
  /** How often each was said. */
  readonly said: Readonly<Record<string, number>>
  readonly judgedMs: number
  readonly slowest: { readonly cpuMs: number; readonly turn: number }
}

/** What the thread says. */
export type Word =
  | { readonly kind: 'progress' | 'done'; readonly report: Report }
  | { readonly kind: 'finding'; readonly finding: Finding }

/** Where the thread is: the number of its target, and of the turn. */
export const HEARTBEAT = { target: 0, turn: 1, length: 2 } as const

/** A turn takes milliseconds. After this long, on however busy a machine, it will not end. */
const TURN_MS_MAX = 60_000
const WATCH_EVERY_MS = 1_000
/** What is needed is far less; more than this is a finding. */
const HEAP_MB_MAX = 1_024

/**
 * Runs a campaign in a thread of its own, so that a mutant which never ends, or eats all memory, is a finding too, and
 * not the end of whoever looks for it.
 */
export async function runCampaign(campaign: Campaign, progress?: (report: Report) => void): Promise<Report> {
  const beat = new Int32Array(new SharedArrayBuffer(4 * HEARTBEAT.length))
  const thread = new Worker(new URL('./campaign-thread.ts', import.meta.url), {
    workerData: { campaign, beat },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  })
  const findings: Finding[] = []
  let last: Report | undefined
  const fatal = await new Promise<string | undefined>((resolve) => {
    let [turn, since] = [-1, performance.now()]
    const watch = setInterval(() => {
      const now = Atomics.load(beat, HEARTBEAT.turn)
      if (now !== turn) [turn, since] = [now, performance.now()]
      else if (performance.now() - since > TURN_MS_MAX) end('does not end')
    }, WATCH_EVERY_MS)
    function end(fault?: string): void {
      clearInterval(watch)
      resolve(fault)
    }
    thread.on('message', (word: Word) => {
      if (word.kind === 'finding') findings.push(word.finding)
      else last = word.report
      if (word.kind === 'progress') progress?.(word.report)
      if (word.kind === 'done') end()
    })
    thread.on('error', (error) => end(`ends the thread: ${String(error)}`))
  })
  await thread.terminate()
  if (fatal !== undefined) findings.push(await findingAt(beat, campaign, fatal))
  const none = { missing: [], targets: [], grown: { heapBytes: 0, bufferBytes: 0 }, cpuMs: 0, heapBytes: 0 }
  return { ...(last ?? none), findings }
}

/** Makes the mutant again at which the thread stood. */
async function findingAt(beat: Int32Array, { seed, recorded }: Campaign, fault: string): Promise<Finding> {
  const target = TARGETS[Atomics.load(beat, HEARTBEAT.target)]!
  const turn = Atomics.load(beat, HEARTBEAT.turn)
  // Said first: the making of the mutant itself may be what went wrong.
  console.error(`${fault}: --target ${target.name} --seed ${seed} --turn ${turn}`)
  const mutant = await openRange(target, await loadCorpus({ recorded })).mutant(seed, turn)
  return { target: target.name, seed, turn, recorded, fault, ...mutant }
}
