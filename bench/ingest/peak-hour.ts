import { rmSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toldIn } from '../../packages/load/src/open-loop/told.ts'
import { mixedPlace } from '../../packages/load/src/recorded/mixed.ts'
import type { BenchOptions, Figure } from '../main.ts'
import { foreignMessages, lengthPrefixed } from './foreign.ts'
import { followLive } from '../../packages/load/src/open-loop/live.ts'
import {
  makeEverybodyKnown,
  pause,
  recordingOf,
  settled,
  startUnderLoad,
  usageOf,
  yardstickUs,
} from './server-under-load.ts'

/** Ten times what the whole network sends in its busiest hour. */
const MESSAGES_PER_SECOND = 25_000
const OWN_SHARE = 0.01
/** More than a commit has on average. */
const CHECKINS_PER_COMMIT = 1.6
/** From the first message on; what is due in it is not counted. */
const WARM_UP_S = 5
/** What was sent when the time was up is waited for as long as something comes, and no longer than this. */
const DRAINED = { quietMs: 5_000, withinMs: 180_000 }

/**
 * The peak hour of the whole network at ten times its speed, of which a hundredth is ours. The messages come when they
 * are due, whether the server keeps up or not; the lag is from then until a follower of the live feed is told.
 */
export async function peakHour({ full, note }: BenchOptions): Promise<readonly Figure[]> {
  const seconds = WARM_UP_S + (full ? 60 : 20)
  const commits = Math.ceil(MESSAGES_PER_SECOND * OWN_SHARE * seconds)
  using recording = await recordingOf({ cohorts: 1, people: 1_000, checkins: commits * CHECKINS_PER_COMMIT }, note)
  const through = recording.opening + commits
  if (through > recording.length) throw new Error('the recording is too short')
  const foreign = await foreignMessages()
  note(foreign.about)
  using folder = temporaryFolder()
  const others = join(folder.path, 'others')
  writeFileSync(others, lengthPrefixed(foreign.messages))

  await using load = await startUnderLoad({ recording, others })
  const { host, server, counter } = load
  await makeEverybodyKnown(load)
  await using live = await followLive(server.url)
  const dueAt = await begin()
  await pause(WARM_UP_S * 1_000)
  const before = await look()
  await pause((seconds - WARM_UP_S) * 1_000)
  const after = await look()
  const received = await settled(() => counter('waypost_frames_total', 'received'), DRAINED)
  const shown = await settled(load.checkins, DRAINED)

  async function begin(): Promise<(number: number) => number> {
    const placeOf = mixedPlace(recording.opening)
    const { atMs, sent } = await host.play({
      through: placeOf(through - 1) + 1,
      messagesPerSecond: MESSAGES_PER_SECOND,
    })
    return (number) => atMs + ((placeOf(number) - sent) / MESSAGES_PER_SECOND) * 1_000
  }

  async function look() {
    const frames = await counter('waypost_frames_total', 'received')
    const usage = { server: usageOf(server.pid), host: usageOf(host.pid) }
    return { atMs: performance.now(), frames, ...usage, yardstickUs: yardstickUs() }
  }

  const lags = lagsOf(toldIn(recording, recording.opening, through), live.shownAt, dueAt)
  const passed = (after.atMs - before.atMs) / 1_000
  const serverS = after.server.cpuS - before.server.cpuS
  return [
    {
      name: 'peak_hour_frames_per_s',
      value: (after.frames - before.frames) / passed,
      unit: 'frames',
      goal: '≥ 24,900',
    },
    { name: 'peak_hour_lag_p50_ms', value: quantile(lags, 0.5), unit: 'ms' },
    { name: 'peak_hour_lag_p99_ms', value: quantile(lags, 0.99), unit: 'ms', goal: '< 1,000' },
    { name: 'peak_hour_cpu_us', value: (serverS / (after.frames - before.frames)) * 1e6, unit: 'µs of CPU a frame' },
    {
      name: 'peak_hour_cpu_ratio',
      value: ((serverS / (after.frames - before.frames)) * 1e6) / ((before.yardstickUs + after.yardstickUs) / 2),
      unit: '× a K-256 verification here and now',
    },
    { name: 'peak_hour_cores', value: serverS / passed, unit: 'cores busy' },
    { name: 'peak_hour_generator', value: ((after.host.cpuS - before.host.cpuS) / serverS) * 100, unit: '% of that' },
    { name: 'peak_hour_rss', value: after.server.rssMb, unit: 'MB' },
    { name: 'peak_hour_missing', value: recording.standing(through) - shown, unit: 'check-ins', goal: '0' },
    { name: 'peak_hour_dropped', value: (await host.state()).sent - received, unit: 'frames', goal: '0' },
    await load.refused('peak_hour_refused', note),
  ]
}

/** Of those that were due after the warm-up, in order. What was never shown is late by all the time that there was. */
function lagsOf(
  checkins: ReadonlyMap<string, number>,
  shownAt: ReadonlyMap<string, number>,
  dueAt: (number: number) => number,
): readonly number[] {
  const dues = [...checkins].map(([uri, number]) => ({ uri, due: dueAt(number) }))
  const countedFrom = dues[0]!.due + WARM_UP_S * 1_000
  const counted = dues.filter(({ due }) => due >= countedFrom)
  return counted.map(({ uri, due }) => (shownAt.get(uri) ?? Date.now()) - due).toSorted((a, b) => a - b)
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
