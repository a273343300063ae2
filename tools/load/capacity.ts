import { MODEL, ratesAt } from '../../packages/load/src/open-loop/model.ts'
import type { Knee } from './knee.ts'
import type { Machine, Shares } from './machine.ts'
import type { FlameRow } from './flame.ts'
import type { StageShare } from './stages.ts'
import type { Step } from './step.ts'

/** Of what is kept as JSON; a file of another format is taken for none. */
export const FORMAT = 1

/** What was found of one machine: `docs/capacity/capacity.json`, of which the report is made. */
export interface Capacity {
  readonly version: typeof FORMAT
  /** ISO 8601. */
  readonly takenAt: string
  readonly machine: Machine
  readonly shares: Shares
  readonly about: string
  readonly warmUpS: number
  readonly measuredS: number
  readonly knee: Knee
  /** In the order in which they were measured. */
  readonly steps: readonly Step[]
  /** Undefined where none could be taken. */
  readonly profile: Profiled | undefined
}

export interface Profiled {
  readonly step: Step
  readonly stages: readonly StageShare[]
  readonly flame: readonly FlameRow[]
}

/** One part that may be what there is too little of. */
export interface Part {
  readonly name: string
  /** From 0 to 1. */
  readonly busy: number
  /** What more of it would be. */
  readonly remedy: string
}

/** Past this a part has no time left, and what comes waits for it. */
const BUSY_MIN = 0.8

/**
 * What a server waits for at a step: its parts, the busiest first, and which of them it is; undefined where none is busy
 * all the time, and it is single long turns that the slowest wait behind.
 */
export function bottleneckOf(
  { usage }: Pick<Step, 'usage'>,
  { server, load, isPinned }: Shares,
): { readonly parts: readonly Part[]; readonly is: Part | undefined } {
  const threads = Object.entries(usage.threads).map(([thread, busy]): Part => {
    const isMain = thread === 'main'
    return {
      name: isMain ? "the server's main thread" : `the server's thread ${thread}`,
      busy,
      remedy: isMain ? 'one more replica, or a faster core' : 'more of WAYPOST_CHECK_THREADS, where there are cores',
    }
  })
  const cores = isPinned
    ? [
        { name: "the server's cores", busy: usage.serverCores / server.length, remedy: 'more cores' },
        {
          name: 'the load generator',
          busy: usage.loadCores / load.length,
          remedy: 'a machine of its own for the load: what was found is less than what the server can',
        },
      ]
    : [
        {
          name: "the machine's cores, which server and load generator share",
          busy: (usage.serverCores + usage.loadCores) / server.length,
          remedy: 'a machine of its own for the load: what was found is less than what the server can',
        },
      ]
  const disk = { name: 'the disk under the log', busy: usage.logBusy, remedy: 'a disk that syncs faster' }
  const parts = [...threads, ...cores, disk].toSorted((a, b) => b.busy - a.busy)
  return { parts, is: parts[0]!.busy >= BUSY_MIN ? parts[0] : undefined }
}

/** The step that says most of the bottleneck: the lowest load that broke, or the highest there was. */
export function decisiveStep({ steps, knee }: Pick<Capacity, 'steps' | 'knee'>): Step {
  const byLoad = steps.toSorted((a, b) => a.rates.readsPerSecond - b.rates.readsPerSecond)
  const broken = byLoad.find((step) => step.broken.length > 0 && step.rates.readsPerSecond > knee.holdsAt)
  return broken ?? byLoad.at(-1)!
}

/** Of the knee, so much is used in the busiest hour: the rest is for what the model does not know. */
export const USED_SHARE = 0.7
/** Bytes a check-in with its share of everything else, measured by `npm run bench -- feeds rebuild --full` (docs/operate.md). */
export const BYTES_PER_CHECKIN = { log: 1_657, readModel: 1_269, memory: 527 } as const
/** Of a core, from frame to read model, where there are thousands a second: 1.27 cores for 7,066 (the next line's command). */
export const CHECKIN_MS_IN_BULK = 0.18
/** Check-ins that one ingest takes in a second, by `npm run bench -- ingest end-to-end --full` (docs/operate.md). */
export const INGESTED_PER_SECOND_MAX = 7_066

export interface Holds {
  readonly people: number
  readonly checkinsPerDay: number
  /** In the busiest hour. */
  readonly readsPerSecond: number
  readonly checkinsPerSecond: number
  readonly online: number
  readonly diskMbPerDay: number
  readonly memoryMbPerDay: number
}

/** What a machine with this knee holds, by the model. */
export function holdsAt(kneeReadsPerSecond: number): Holds {
  const { readsPerSecond, checkinsPerSecond } = ratesAt(kneeReadsPerSecond * USED_SHARE)
  const checkinsPerDay = (checkinsPerSecond * 86_400) / MODEL.busiestHour
  return {
    readsPerSecond,
    checkinsPerSecond,
    checkinsPerDay,
    people: checkinsPerDay / MODEL.checkinsPerPersonDay,
    online: readsPerSecond * MODEL.secondsBetweenReads,
    diskMbPerDay: (checkinsPerDay * (BYTES_PER_CHECKIN.log + BYTES_PER_CHECKIN.readModel)) / 2 ** 20,
    memoryMbPerDay: (checkinsPerDay * BYTES_PER_CHECKIN.memory) / 2 ** 20,
  }
}

/** CPU of one check-in and of one question, in milliseconds of a core, and how many cores a server of this size has for them. */
export interface Costs {
  readonly checkinMs: number
  readonly readMs: number
  readonly cores: number
}

/** The last step at the highest load that held; undefined where none did. */
export function kneeStep({ knee, steps }: Pick<Capacity, 'knee' | 'steps'>): Step | undefined {
  return steps.findLast(({ rates }) => rates.readsPerSecond === knee.holdsAt)
}

const OF_CHECKINS: readonly string[] = ['wire', 'verify', 'log', 'project', 'engine']

/**
 * From the profile: what the stages up to the read model take is for check-ins, what those behind it take for readers
 * (live streams too), and garbage is shared out in proportion. Undefined without a profile.
 */
export function costsOf({ profile, knee, steps }: Capacity): Costs | undefined {
  const atKnee = kneeStep({ knee, steps })
  if (!profile || !atKnee) return undefined
  const garbage = profile.stages.find(({ place }) => place === 'garbage')?.share ?? 0
  const forCheckins = profile.stages
    .filter(({ place }) => OF_CHECKINS.includes(place))
    .reduce((sum, { share }) => sum + share, 0)
  const share = Math.min(1, forCheckins / Math.max(0.001, 1 - garbage))
  const { serverCores } = profile.step.usage
  const { checkinsPerSecond, readsPerSecond } = profile.step.rates
  return {
    checkinMs: (share * serverCores * 1_000) / checkinsPerSecond,
    readMs: ((1 - share) * serverCores * 1_000) / readsPerSecond,
    cores: atKnee.usage.serverCores * USED_SHARE,
  }
}

export interface Scale {
  readonly name: string
  readonly checkinsPerDay: number
  /** Where the figure is from, and what is supposed. */
  readonly because: string
}

export interface Projection extends Scale {
  /** In the busiest hour. */
  readonly checkinsPerSecond: number
  readonly readsPerSecond: number
  /** Machines of this size that answer; undefined: each would be busy with folding alone. */
  readonly replicas: number | undefined
  readonly logGbPerDay: number
  /** Whether one ingest takes it in. */
  readonly isOneIngest: boolean
}

/** Published ones, and multiples of what one machine holds. */
export function scalesFrom({ checkinsPerDay }: Holds): readonly Scale[] {
  return [
    {
      name: 'ten of these',
      checkinsPerDay: checkinsPerDay * 10,
      because: 'people do what they do now, and ten times as many of them',
    },
    { name: 'a thousand of these', checkinsPerDay: checkinsPerDay * 1_000, because: 'the same' },
    {
      name: 'Foursquare, 2011',
      checkinsPerDay: 3_000_000,
      because: '10 million people, 3 million check-ins a day (adweek.com/socialtimes/80062)',
    },
    {
      name: 'Foursquare, 2013',
      checkinsPerDay: 500_000_000 / 90,
      because: '500 million check-ins in three months (psfk.com/2013/01/foursquare-check-ins-map.html)',
    },
    {
      name: 'Bluesky, 2025',
      checkinsPerDay: 1_410_000_000 / 365,
      because:
        'as if each of its 1.41 billion posts of the year, by 41.2 million accounts, were a check-in (its transparency report, by techticia.com/2026/01)',
    },
    {
      name: "Bluesky's firehose at its fullest",
      checkinsPerDay: (2_000 * 86_400) / MODEL.busiestHour,
      because:
        'as if each of the 2,000 events a second that were seen for long (whtwnd.com/bnewbold.net/3lo7a2a4qxg2l) were a check-in; as messages of others they take a hundredth of a core',
    },
  ]
}

/** Supposes that a question takes what it takes here, and a check-in what it takes in bulk: each replica folds every check-in and answers its share of the readers. */
export function project(scale: Scale, costs: Costs | undefined): Projection {
  const checkinsPerSecond = (scale.checkinsPerDay / 86_400) * MODEL.busiestHour
  const readsPerSecond = checkinsPerSecond * MODEL.readsPerCheckin
  const left = costs && costs.cores - (checkinsPerSecond * CHECKIN_MS_IN_BULK) / 1_000
  return {
    ...scale,
    checkinsPerSecond,
    readsPerSecond,
    replicas:
      costs && left !== undefined && left > 0 ? Math.ceil((readsPerSecond * costs.readMs) / 1_000 / left) : undefined,
    logGbPerDay: (scale.checkinsPerDay * BYTES_PER_CHECKIN.log) / 2 ** 30,
    isOneIngest: checkinsPerSecond <= INGESTED_PER_SECOND_MAX,
  }
}
