/**
 * `npm run chaos`: three servers of NATS, two ingests, three replicas and a balancer under load on this machine, and one
 * fault after another, drawn from a seed. Exit code 0 where every promise held, 1 where one did not, 2 where it could not
 * be tried.
 */
import { writeFileSync, mkdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ensureNatsServer } from '../nats-server.ts'
import { brokenPromises, describe, figuresOf } from './report.ts'
import { runChaos } from './run.ts'
import { FAULT_KINDS, type FaultKind } from './schedule.ts'

const USAGE = `npm run chaos -- [options]
  --minutes N      how long (3)
  --seed S         which faults meet whom; printed, drawn where it is not given
  --faults a,b     only these kinds, of those below
  --every S        seconds from one fault to the next (20)
  --rate N         check-ins a second (100)
  --people N       who check in at a time, each of them 25 times (500)
  --readers N      who read through the balancer, about once a second each (50)
  --followers N    live streams (20)
  --json           the figures as the last line of standard output
Ctrl-C ends the load and judges what was tried so far; a second one ends at once.

${Object.entries(FAULT_KINDS)
  .map(([kind, about]) => `  ${kind.padEnd(15)}  ${about}`)
  .join('\n')}`

const SEED_MAX = 1_000_000
const options = readOptions()
const natsServer = ensureNatsServer()
if (natsServer === undefined) process.exit(2)
const stop = new AbortController()
// The second time at once; what was started ends with this process all the same.
process.on('SIGINT', () => (stop.signal.aborted ? process.exit(130) : stop.abort()))
process.once('SIGTERM', () => process.exit(130))
console.log(`seed ${options.seed}`)
const outcome = await runChaos({ ...options, natsServer, signal: stop.signal, note: (line) => console.error(line) })
const broken = brokenPromises(outcome)
console.log(describe(outcome))
const promises = [...broken.safety, ...broken.speed]
for (const promise of promises) console.log(`  BROKEN: ${promise}`)
mkdirSync('.bench', { recursive: true })
const json = JSON.stringify({ bench: 'chaos', seed: outcome.seed, figures: figuresOf(outcome) })
writeFileSync('.bench/chaos.json', `${json}\n`)
if (broken.safety.length > 0) {
  writeFileSync('.bench/chaos.log', outcome.outputs())
  console.log('  what the processes wrote: .bench/chaos.log')
}
if (options.json) console.log(json)
process.exit(promises.length > 0 ? 1 : 0)

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '3' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * SEED_MAX)) },
        faults: { type: 'string', default: Object.keys(FAULT_KINDS).join(',') },
        every: { type: 'string', default: '20' },
        rate: { type: 'string', default: '100' },
        people: { type: 'string', default: '500' },
        readers: { type: 'string', default: '50' },
        followers: { type: 'string', default: '20' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(USAGE)
      process.exit(0)
    }
    const positive = (name: Exclude<keyof typeof values, 'faults' | 'json' | 'help'>): number => {
      const value = Number(values[name])
      if (!(value > 0)) throw new Error(`--${name} ${values[name]} is no number above 0`)
      return value
    }
    const kinds = values.faults.split(',').map((kind) => {
      if (!(kind in FAULT_KINDS)) throw new Error(`--faults: there is no "${kind}"`)
      return kind as FaultKind
    })
    return {
      minutes: positive('minutes'),
      seed: positive('seed'),
      kinds,
      everyMs: positive('every') * 1_000,
      checkinsPerSecond: positive('rate'),
      people: Math.ceil(positive('people')),
      readers: Math.ceil(positive('readers')),
      followers: Math.ceil(positive('followers')),
      json: values.json,
    }
  } catch (fault) {
    console.error(`${(fault as Error).message}\n${USAGE}`)
    process.exit(2)
  }
}
