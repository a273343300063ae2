import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** What is to be done, as it was asked for. */
export type Job =
  | { readonly kind: 'help' }
  | ({ readonly kind: 'run'; readonly reads: number } & Common)
  | ({
      readonly kind: 'find-knee'
      readonly first: number
      readonly factor: number
      readonly stepsMax: number
    } & Common)
  | ({
      readonly kind: 'soak'
      readonly minutes: number
      readonly share: number
      /** Instead of a share of the knee that was found. */
      readonly reads: number | undefined
    } & Common)
  | { readonly kind: 'report'; readonly folder: string }
  | { readonly kind: 'record'; readonly file: string; readonly host: string; readonly messages: number | undefined }
  | {
      readonly kind: 'replay'
      readonly file: string
      readonly speed: number
      readonly port: number
    }

export interface Common {
  readonly dataset: string | undefined
  readonly people: number
  readonly preload: number
  readonly warmUpS: number
  readonly measuredS: number
  readonly seed: number
  readonly folder: string
  readonly json: boolean
}

export const USAGE = `npm run load -- [options]
A server of its own, filled, with people who read it and a host that tells it of check-ins, at a load that does not wait
for answers. Without more: one load, as a table.
  --reads N        questions a second (100); check-ins and live readers go with it by the model
  --seconds S      measured, after the warm-up (20; for the knee 45, since what people ask comes in heaps)
  --warm-up S      (6)
  --people N       of the dataset, and as many again where more check-ins are needed than they made (1000)
  --preload N      check-ins that are there before anything is measured (30000)
  --dataset DIR    folder of real check-ins (../shared/data/checkins/gowalla-nyc, where it is; made-up ones otherwise)
  --made-up        made-up ones in any case
  --seed N         of when things are due, and of what is asked (1)
  --folder DIR     where results are written (docs/capacity; of one load, .bench)
  --json           the result as the last line of standard output

  --find-knee      raises the load until the promise breaks; writes capacity.json and index.html, in some ten to fifteen minutes
  --first N        questions a second to begin with (250)
  --factor F       from one step to the next (1.6)
  --steps-max N    (16)

  --soak           one load for long; writes soak.json, and index.html anew where there is a capacity.json
  --minutes M      (30)
  --share F        of the knee that is in capacity.json (0.7); or --reads N

  --report         makes index.html anew of the JSON that is there

  --record FILE --host URL     writes down what a host of the network says (wss://…), until Ctrl-C
  --messages N     or until there are so many
  --replay FILE    says it again, as a relay, once a server follows it (WAYPOST_HOSTS=http://127.0.0.1:2591); commits keep
                   their signatures, numbers and times are new
  --speed F        times as fast as it came (1)
  --port N         of that relay (2591)

Exit code: 0; 1 where the promise broke at the load asked for, no load kept it, or a soak does not hold; 2 for what cannot
be done; 130 by Ctrl-C.`

const GOWALLA = '../shared/data/checkins/gowalla-nyc'
/** Of a step: in 20 a load can hold by luck that breaks in the next 20. */
const KNEE_SECONDS = 45
const KINDS = ['find-knee', 'soak', 'report', 'record', 'replay'] as const
/** What only one of them heeds. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  first: ['find-knee'],
  factor: ['find-knee'],
  'steps-max': ['find-knee'],
  minutes: ['soak'],
  share: ['soak'],
  host: ['record'],
  messages: ['record'],
  speed: ['replay'],
  port: ['replay'],
  reads: ['run', 'soak'],
}

const TEXT = { type: 'string' } as const
const FLAG = { type: 'boolean', default: false } as const
const OPTIONS = {
  reads: TEXT,
  seconds: TEXT,
  'warm-up': TEXT,
  people: TEXT,
  preload: TEXT,
  dataset: TEXT,
  seed: TEXT,
  folder: TEXT,
  first: TEXT,
  factor: TEXT,
  'steps-max': TEXT,
  minutes: TEXT,
  share: TEXT,
  record: TEXT,
  host: TEXT,
  messages: TEXT,
  replay: TEXT,
  speed: TEXT,
  port: TEXT,
  'made-up': FLAG,
  'find-knee': FLAG,
  soak: FLAG,
  report: FLAG,
  json: FLAG,
  help: FLAG,
} as const

type Values = ReturnType<typeof parse>
type TextName = { [Name in keyof Values]-?: Values[Name] extends boolean ? never : Name }[keyof Values]

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS }).values
}

/** Throws an `Error` of one line where it cannot be meant. */
export function readOptions(args: readonly string[]): Job {
  const values = parse(args)
  if (values.help) return { kind: 'help' }
  const asked = KINDS.filter((kind) => values[kind] !== undefined && values[kind] !== false)
  if (asked.length > 1) throw new Error(`--${asked.join(' and --')} are asked for: one at a time`)
  const kind = asked[0] ?? 'run'
  for (const [name, kinds] of Object.entries(ONLY)) {
    if (values[name as keyof Values] === undefined || kinds.includes(kind)) continue
    throw new Error(`--${name} says nothing to ${kind === 'run' ? 'one load' : `--${kind}`}`)
  }
  const folder = values.folder ?? (kind === 'run' ? '.bench' : 'docs/capacity')
  const reads = values.reads === undefined ? undefined : numberIn(values, 'reads', 0, { min: 0.1, max: 1_000_000 })
  switch (kind) {
    case 'record':
      return recordIn(values)
    case 'replay':
      return replayIn(values)
    case 'report':
      return { kind, folder }
    case 'run':
      return { kind, ...commonIn(values, folder), reads: reads ?? 100 }
    case 'find-knee': {
      const first = numberIn(values, 'first', 250, { min: 1, max: 1_000_000 })
      const factor = numberIn(values, 'factor', 1.6, { min: 1.05, max: 10 })
      const stepsMax = numberIn(values, 'steps-max', 16, { min: 1, max: 200, isWhole: true })
      return { kind, ...commonIn(values, folder, KNEE_SECONDS), first, factor, stepsMax }
    }
    case 'soak': {
      if (reads !== undefined && values.share !== undefined) throw new Error('--reads or --share, not both')
      const minutes = numberIn(values, 'minutes', 30, { min: 0.1, max: 10_080 })
      const share = numberIn(values, 'share', 0.7, { min: 0.01, max: 2 })
      return { kind, ...commonIn(values, folder), minutes, reads, share }
    }
  }
}

function commonIn(values: Values, folder: string, secondsDefault = 20): Common {
  const { dataset } = values
  if (dataset !== undefined && values['made-up']) throw new Error('--dataset or --made-up, not both')
  if (dataset !== undefined && !existsSync(dataset)) throw new Error(`There is no folder ${dataset}`)
  const found = existsSync(GOWALLA) ? GOWALLA : undefined
  return {
    dataset: values['made-up'] ? undefined : (dataset ?? found),
    people: numberIn(values, 'people', 1_000, { min: 10, max: 100_000, isWhole: true }),
    preload: numberIn(values, 'preload', 30_000, { min: 100, max: 10_000_000, isWhole: true }),
    warmUpS: numberIn(values, 'warm-up', 6, { min: 0, max: 600 }),
    measuredS: numberIn(values, 'seconds', secondsDefault, { min: 1, max: 3_600 }),
    seed: numberIn(values, 'seed', 1, { min: 0, max: 2 ** 31, isWhole: true }),
    folder,
    json: values.json,
  }
}

function recordIn(values: Values): Job {
  const { record: file = '', host } = values
  if (host === undefined || !URL.canParse(host) || !/^(?:ws|http)s?:$/.test(new URL(host).protocol)) {
    throw new Error('--record needs --host, the URL of a host of the network, such as wss://relay.example')
  }
  const messages =
    values.messages === undefined ? undefined : numberIn(values, 'messages', 0, { min: 1, isWhole: true })
  return { kind: 'record', file, host: host.replace(/^http/, 'ws'), messages }
}

function replayIn(values: Values): Job {
  const { replay: file = '' } = values
  if (!existsSync(file)) throw new Error(`There is no file ${file}`)
  const port = numberIn(values, 'port', 2_591, { min: 0, max: 65_535, isWhole: true })
  return { kind: 'replay', file, speed: numberIn(values, 'speed', 1, { min: 0.001 }), port }
}

interface Range {
  readonly min: number
  readonly max?: number
  readonly isWhole?: boolean
}

/** `fallback` where it is not given. */
function numberIn(values: Values, name: TextName, fallback: number, range: Range): number {
  const given = values[name]
  const value = given === undefined ? fallback : Number(given)
  const { min, max = Infinity, isWhole = false } = range
  if (given === '' || !(value >= min && value <= max) || (isWhole && !Number.isInteger(value))) {
    const within = max === Infinity ? `of ${min} or more` : `from ${min} to ${max}`
    throw new Error(`--${name} ${given} is no ${isWhole ? 'whole ' : ''}number ${within}`)
  }
  return value
}
