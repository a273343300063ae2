import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import { realWorld } from '@waypost/kernel'
import { startProgress } from '@waypost/kernel/progress'
import { startProfiling, type Profiling } from '../../../tools/load/profile.ts'
import { openSetting } from '../../../tools/load/setting.ts'
import { stageShares } from '../../../tools/load/stages.ts'
import { runStep } from '../../../tools/load/step.ts'

const READS_PER_SECOND = 60
const MEASURED_MS = 4_000

test(
  'a real server under load answers everybody and tells live readers of every check-in',
  { timeout: 180_000 },
  async (t) => {
    const progress = startProgress(realWorld(), { write: () => undefined })
    const small = { dataset: undefined, people: 40, preload: 400, checkins: 400 }
    await using setting = await openSetting(small, progress)
    t.after(() => rmSync(setting.load.recording.folder, { recursive: true, force: true }))
    const options = { warmUpMs: 1_000, measuredMs: MEASURED_MS, seed: 5, signal: t.signal, progress, label: '' }
    let profiling: Promise<Profiling> | undefined
    const step = await runStep(setting, {
      ...options,
      readsPerSecond: READS_PER_SECOND,
      onMeasuring: () => void (profiling = startProfiling(setting.load.server.pid, setting.inspectPort)),
    })
    const threads = await (await profiling!).stop()

    assert.ok(step)
    assert.deepEqual([step.failed, step.missing, step.lost, step.faults], [0, 0, 0, []], setting.load.server.output())
    const expected = (READS_PER_SECOND * MEASURED_MS) / 1_000
    assert.ok(Math.abs(step.reads.count - expected) < 5 * Math.sqrt(expected), `${step.reads.count} were asked`)
    assert.ok(step.reads.p50 > 0 && step.reads.p50 <= step.reads.p99 && step.reads.p99 <= step.reads.max)
    assert.ok(step.freshness.count > 0 && step.freshness.max > 0)
    assert.equal(step.followers, step.rates.followers)
    assert.ok((step.byQuestion.timeline?.count ?? 0) > 0 && (step.byQuestion.map?.count ?? 0) > 0)
    assert.ok(step.usage.serverCores > 0 && step.usage.rssMb > 0 && step.usage.threads['main']! > 0)

    const shares = new Map(stageShares(threads).map(({ place, share }) => [place, share]))
    assert.ok(shares.get('serve')! > 0 && shares.get('query')! > 0, JSON.stringify([...shares]))

    const none = await runStep(setting, { ...options, readsPerSecond: 1_000_000 })
    assert.equal(none, undefined, 'a recording that is too short for a load is not played')
  },
)
