import type { BenchOptions, Figure } from '../main.ts'
import {
  makeEverybodyKnown,
  pause,
  recordingOf,
  settled,
  startUnderLoad,
  usageOf,
  yardstickUs,
  type UnderLoad,
} from './server-under-load.ts'

const EVERY_MS = 1_000
/** Before anything is counted. */
const WARM_UP_MS = 4_000
/** What was sent when the time was up is waited for so long. */
const DRAINED = { quietMs: 2_000, withinMs: 30_000 }

interface Sample {
  readonly atMs: number
  readonly checkins: number
  readonly serverS: number
  readonly hostS: number
  readonly rssMb: number
  readonly yardstickUs: number
}

/**
 * From the socket to the read model: a server process, fed by a recorded host as fast as it reads, counted where
 * people would see it.
 */
export async function endToEnd({ full, note }: BenchOptions): Promise<readonly Figure[]> {
  const windowMs = full ? 60_000 : 15_000
  // Enough for 8,000 a second and the warm-up.
  const size = full
    ? { cohorts: 6, people: 2_500, checkins: 580_000 }
    : { cohorts: 1, people: 2_500, checkins: 110_000 }
  using recording = await recordingOf(size, note)
  await using load = await startUnderLoad({ recording })
  await makeEverybodyKnown(load)
  await load.host.play({ through: recording.length })
  await pause(WARM_UP_MS)
  const samples = await sample(load, windowMs)
  const missing = await missingAtTheEnd(load)
  const refused = await load.refused('end_to_end_refused', note)
  if (samples.at(-1)!.atMs - samples[0]!.atMs < windowMs * 0.9) note('the recording was over before the time was')
  return [...figuresOf(samples), missing, refused]
}

/** Once a second, for so long, or until everything is shown. */
async function sample(load: UnderLoad, windowMs: number): Promise<readonly Sample[]> {
  const { recording, host, server } = load
  const samples: Sample[] = []
  const all = recording.standing(recording.length)
  for (let from: number | undefined; ;) {
    const checkins = await load.checkins()
    const atMs = performance.now()
    from ??= atMs
    // The second in which the recording ended was not a full one.
    if (checkins === all && samples.length > 1) return samples
    const { cpuS: serverS, rssMb } = usageOf(server.pid)
    samples.push({ atMs, checkins, serverS, hostS: usageOf(host.pid).cpuS, rssMb, yardstickUs: yardstickUs() })
    if (atMs - from >= windowMs) return samples
    await pause(EVERY_MS)
  }
}

/** Stops the host where it is; then everything that was sent must be shown. */
async function missingAtTheEnd({ recording, host, checkins }: UnderLoad): Promise<Figure> {
  await host.play({ through: (await host.state()).sent })
  const shown = await settled(checkins, DRAINED)
  const { sent } = await host.state()
  const value = recording.standing(sent) - shown
  return { name: 'end_to_end_missing', value, unit: 'check-ins', goal: '0' }
}

function figuresOf(samples: readonly Sample[]): readonly Figure[] {
  const [first, last] = [samples[0]!, samples.at(-1)!]
  const checkins = last.checkins - first.checkins
  const serverS = last.serverS - first.serverS
  const seconds = (last.atMs - first.atMs) / 1_000
  const rss = samples.map(({ rssMb }) => rssMb)
  const third = Math.floor(rss.length / 3)
  const [second, final] = [rss.slice(third, -third), rss.slice(-third)].map(mean)
  return [
    { name: 'end_to_end_per_s', value: checkins / seconds, unit: 'check-ins', goal: '≥ 5,000' },
    { name: 'end_to_end_cpu_us', value: (serverS / checkins) * 1e6, unit: 'µs of CPU a check-in' },
    {
      name: 'end_to_end_cpu_ratio',
      value: ((serverS / checkins) * 1e6) / mean(samples.map((one) => one.yardstickUs)),
      unit: '× a K-256 verification here and now',
    },
    { name: 'end_to_end_cores', value: serverS / seconds, unit: 'cores busy' },
    {
      name: 'end_to_end_generator',
      value: ((last.hostS - first.hostS) / serverS) * 100,
      unit: '% of that',
      goal: '≤ 3',
    },
    { name: 'end_to_end_rss_start', value: rss[0]!, unit: 'MB' },
    { name: 'end_to_end_rss_end', value: rss.at(-1)!, unit: 'MB' },
    { name: 'end_to_end_rss_max', value: Math.max(...rss), unit: 'MB' },
    { name: 'end_to_end_rss_slope', value: slope(samples), unit: 'MB a minute' },
    { name: 'end_to_end_rss_growth', value: (final! / second! - 1) * 100, unit: '% (last third)', goal: '≤ 10' },
  ]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Least squares. */
function slope(samples: readonly Sample[]): number {
  const minutes = samples.map(({ atMs }) => atMs / 60_000)
  const [middle, level] = [mean(minutes), mean(samples.map(({ rssMb }) => rssMb))]
  const up = mean(samples.map(({ rssMb }, at) => (rssMb - level) * (minutes[at]! - middle)))
  return up / mean(minutes.map((minute) => (minute - middle) ** 2))
}
