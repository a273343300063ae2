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
  --seconds S      measured, after the warm-up (20)
  --warm-up S      (6)
  --people N       of the dataset, and as many again where more check-ins are needed than they made (1000)
  --preload N      check-ins that are there before anything is measured (30000)
  --dataset DIR    folder of real check-ins (../shared/data/checkins/gowalla-nyc, where it is; made-up ones otherwise)
  --made-up        made-up ones in any case
  --seed N         of when things are due, and of what is asked (1)
  --folder DIR     where results are written (docs/capacity; of one load, .bench)
  --json           the result as the last line of standard output

  --find-knee      raises the load until the promise breaks; writes capacity.json and index.html, in some ten minutes
  --first N        questions a second to begin with (250)
  --factor F       from one step to the next (1.6)
  --steps-max N    (16)

  --soak           one load for long; writes soak.json, and index.html anew where there is a capacity.json
  --minutes M      (30)
  --share F        of the knee that is in capacity.json (0.7); or --reads N

  --record FILE --host URL     writes down what a host of the network says (wss://…), until Ctrl-C
  --messages N     or until there are so many
  --replay FILE    says it again, as a relay, once a server follows it (WAYPOST_HOSTS=http://127.0.0.1:2591); commits keep
                   their signatures, numbers and times are new
  --speed F        times as fast as it came (1)
  --port N         of that relay (2591)

Exit code: 0; 1 where the promise broke at the load asked for, no load kept it, or a soak does not hold; 2 for what cannot
be done; 130 by Ctrl-C.`

const GOWALLA = '../shared/data/checkins/gowalla-nyc'
const KINDS = ['find-knee', 'soak', 'record', 'replay'] as const
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

/** Throws an `Error` of one line where it cannot be meant. */
export function readOptions(args: readonly string[]): Job {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      reads: text,
      seconds: text,
      'warm-up': text,
      people: text,
      preload: text,
      dataset: text,
      seed: text,
      folder: text,
      first: text,
      factor: text,
      'steps-max': text,
      minutes: text,
      share: text,
      record: text,
      host: text,
      messages: text,
      replay: text,
      speed: text,
      port: text,
      'made-up': flag,
      'find-knee': flag,
      soak: flag,
      json: flag,
      help: flag,
    },
  })
  if (values.help) return { kind: 'help' }
  const asked = KINDS.filter((kind) => values[kind] !== undefined && values[kind] !== false)
  if (asked.length > 1) throw new Error(`--${asked.join(' and --')} are asked for: one at a time`)
  const kind = asked[0] ?? 'run'
  for (const [name, kinds] of Object.entries(ONLY)) {
    const isGiven = values[name as keyof typeof values] !== undefined
    if (isGiven && !kinds.includes(kind))
      throw new Error(`--${name} says nothing to ${kind === 'run' ? 'one load' : `--${kind}`}`)
  }

  function number(
    name: Exclude<keyof typeof values, 'made-up' | 'json' | 'help' | 'find-knee' | 'soak'>,
    fallback: number,
    of: Range,
  ): number {
    const given = values[name]
    const value = given === undefined ? fallback : Number(given)
    const { min, max = Infinity, isWhole = false } = of
    if (given === '' || !(value >= min && value <= max) || (isWhole && !Number.isInteger(value))) {
      const range = max === Infinity ? `of ${min} or more` : `from ${min} to ${max}`
      throw new Error(`--${name} ${given} is no ${isWhole ? 'whole ' : ''}number ${range}`)
    }
    return value
  }

  if (kind === 'record') {
    const { record: file = '', host } = values
    if (host === undefined || !URL.canParse(host) || !/^(?:ws|http)s?:$/.test(new URL(host).protocol)) {
      throw new Error('--record needs --host, the URL of a host of the network, such as wss://relay.example')
    }
    const messages = values.messages === undefined ? undefined : number('messages', 0, { min: 1, isWhole: true })
    return { kind, file, host: host.replace(/^http/, 'ws'), messages }
  }
  if (kind === 'replay') {
    const { replay: file = '' } = values
    if (!existsSync(file)) throw new Error(`There is no file ${file}`)
    const port = number('port', 2_591, { min: 0, max: 65_535, isWhole: true })
    return { kind, file, speed: number('speed', 1, { min: 0.001 }), port }
  }

  const { dataset } = values
  if (dataset !== undefined && values['made-up']) throw new Error('--dataset or --made-up, not both')
  if (dataset !== undefined && !existsSync(dataset)) throw new Error(`There is no folder ${dataset}`)
  const found = existsSync(GOWALLA) ? GOWALLA : undefined
  const common: Common = {
    dataset: values['made-up'] ? undefined : (dataset ?? found),
    people: number('people', 1_000, { min: 10, max: 100_000, isWhole: true }),
    preload: number('preload', 30_000, { min: 100, max: 10_000_000, isWhole: true }),
    warmUpS: number('warm-up', 6, { min: 0, max: 600 }),
    measuredS: number('seconds', 20, { min: 1, max: 3_600 }),
    seed: number('seed', 1, { min: 0, max: 2 ** 31, isWhole: true }),
    folder: values.folder ?? (kind === 'run' ? '.bench' : 'docs/capacity'),
    json: values.json,
  }
  const reads = values.reads === undefined ? undefined : number('reads', 0, { min: 0.1, max: 1_000_000 })
  if (kind === 'run') return { kind, ...common, reads: reads ?? 100 }
  if (kind === 'find-knee') {
    const first = number('first', 250, { min: 1, max: 1_000_000 })
    const factor = number('factor', 1.6, { min: 1.05, max: 10 })
    return { kind, ...common, first, factor, stepsMax: number('steps-max', 16, { min: 1, max: 200, isWhole: true }) }
  }
  const minutes = number('minutes', 30, { min: 0.1, max: 10_080 })
  if (reads !== undefined && values.share !== undefined) throw new Error('--reads or --share, not both')
  return { kind, ...common, minutes, reads, share: number('share', 0.7, { min: 0.01, max: 2 }) }
}

interface Range {
  readonly min: number
  readonly max?: number
  readonly isWhole?: boolean
}
