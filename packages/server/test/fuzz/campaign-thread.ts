/** The thread of a campaign: throws the turns, and tallies what came of them. */
import { setImmediate as letOthers } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import { HEARTBEAT, type Campaign, type Report, type TargetReport, type Word } from './campaign.ts'
import { loadCorpus } from './corpus.ts'
import { TARGETS } from './targets.ts'
import { openRange, type Range } from './turn.ts'

/** With a limit on the CPU, each target has so much of it before the next one has its turn. */
const SLICE_CPU_MS = 500
/** Without one, the first round takes so large a share of the turns. */
const FIRST_SHARE = 0.3
/** The same fault is told so often; then it is known. */
const SAME_FAULT_MAX = 2

const { campaign, beat } = workerData as { readonly campaign: Campaign; readonly beat: Int32Array }
const corpus = await loadCorpus(campaign)
const stands = TARGETS.map((target, index) => ({ index, range: openRange(target, corpus), ...emptyTally() })).filter(
  ({ range }) => campaign.targets.includes(range.target.name),
)
type Stand = ReturnType<typeof emptyTally> & { readonly index: number; readonly range: Range }

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const faults = new Map<string, number>()
const start = process.threadCpuUsage()
let first: NodeJS.MemoryUsage | undefined

if (campaign.cpuMsMax === undefined) {
  for (const stand of stands) await shoot(stand, Math.floor(stand.range.target.turns * FIRST_SHARE))
  first = await memory()
  for (const stand of stands) await shoot(stand, stand.range.target.turns)
} else {
  while (spentMs() < campaign.cpuMsMax) {
    for (const stand of stands) await shoot(stand, Infinity, spentMs() + SLICE_CPU_MS)
    first ??= await memory()
    tell({ kind: 'progress', report: await report() })
  }
}
tell({ kind: 'done', report: await report() })

function emptyTally() {
  return { turn: 0, judgedMs: 0, said: new Map<string, number>(), slowest: { cpuMs: 0, turn: 0 } }
}

async function shoot(stand: Stand, turns: number, untilMs = Infinity): Promise<void> {
  const { range, said } = stand
  Atomics.store(beat, HEARTBEAT.target, stand.index)
  for (; stand.turn < turns && spentMs() < untilMs; stand.turn++) {
    const { turn } = stand
    Atomics.store(beat, HEARTBEAT.turn, turn)
    const { mutant, said: word = 'nothing', cpuMs, fault } = await range.shoot(campaign.seed, turn)
    said.set(word, (said.get(word) ?? 0) + 1)
    stand.judgedMs += cpuMs
    if (cpuMs > stand.slowest.cpuMs) stand.slowest = { cpuMs, turn }
    if (fault !== undefined && isNew(range.target.name + fault.replaceAll(/\d+/g, ''))) {
      const { seed, recorded } = campaign
      tell({ kind: 'finding', finding: { target: range.target.name, seed, turn, recorded, fault, ...mutant } })
    }
  }
}

function isNew(fault: string): boolean {
  const count = (faults.get(fault) ?? 0) + 1
  faults.set(fault, count)
  return count <= SAME_FAULT_MAX
}

function spentMs(): number {
  const { user, system } = process.threadCpuUsage(start)
  return (user + system) / 1_000
}

/** Buffers are let go a turn of the loop after the objects that hold them. */
async function memory(): Promise<NodeJS.MemoryUsage> {
  for (let left = 3; left > 0; left--) {
    collectGarbage()
    await letOthers()
  }
  return process.memoryUsage()
}

async function report(): Promise<Report> {
  const now = await memory()
  const before = first ?? now
  return {
    missing: corpus.missing,
    targets: stands.map(({ range, turn, said, judgedMs, slowest }): TargetReport => ({
      name: range.target.name,
      executions: turn,
      said: Object.fromEntries(said),
      judgedMs,
      slowest,
    })),
    findings: [],
    grown: { heapBytes: now.heapUsed - before.heapUsed, bufferBytes: now.external - before.external },
    cpuMs: spentMs(),
    heapBytes: now.heapUsed,
  }
}

function tell(word: Word): void {
  parentPort!.postMessage(word)
}
