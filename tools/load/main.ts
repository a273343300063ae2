/**
 * `npm run load`: a server under the load of people, at a rate that does not wait for it; its knee, and how it fares for
 * long. Also writes down what a host of the network says, and says it again. `-- --help` lists the options.
 */
import { realWorld } from '@waypost/kernel'
import { startProgress } from '@waypost/kernel/progress'
import { FirehoseFault } from '../../packages/load/src/firehose-file.ts'
import { record, replay } from './firehose.ts'
import { describeCapacity, describeRun, describeSoak } from './describe.ts'
import { runFindKnee, runOnce, runReport, runSoak, type Around } from './jobs.ts'
import { readOptions, USAGE, type Job } from './options.ts'
import { LoadFault } from './setting.ts'

const job = jobOrExit()
const stop = new AbortController()
// Before there is anything to end in order, and the second time, at once; what was started ends with this process.
let isReady = job.kind === 'record' || job.kind === 'replay'
process.on('SIGINT', () => (!isReady || stop.signal.aborted ? process.exit(130) : stop.abort()))
process.once('SIGTERM', () => process.exit(130))
const world = realWorld()
const progress = startProgress(world, process.stderr)
const around: Around = {
  progress,
  signal: stop.signal,
  note(line) {
    progress.finish()
    console.error(line)
  },
  now: () => new Date(),
  onReady: () => (isReady = true),
}

try {
  const code = await carryOut(job)
  process.exit(stop.signal.aborted && job.kind !== 'record' ? 130 : code)
} catch (fault) {
  progress.finish()
  if (!(fault instanceof LoadFault || fault instanceof FirehoseFault)) throw fault
  console.error(fault.message)
  process.exit(stop.signal.aborted ? 130 : 2)
}

/** Answers the exit code. */
async function carryOut(wanted: Job): Promise<number> {
  switch (wanted.kind) {
    case 'help':
      console.log(USAGE)
      return 0
    case 'run': {
      const once = await runOnce(wanted, around)
      progress.finish()
      console.log(describeRun(once.step, once))
      if (wanted.json) console.log(JSON.stringify(once))
      return once.step.broken.length === 0 ? 0 : 1
    }
    case 'find-knee': {
      const capacity = await runFindKnee(wanted, around)
      console.log(`${describeCapacity(capacity)}\n${wanted.folder}/index.html`)
      if (wanted.json) console.log(JSON.stringify(capacity))
      return capacity.knee.holdsAt > 0 ? 0 : 1
    }
    case 'soak': {
      const soak = await runSoak(wanted, around)
      console.log(`${describeSoak(soak)}\n${wanted.folder}/soak.json`)
      if (wanted.json) console.log(JSON.stringify(soak))
      return soak.verdict.holds ? 0 : 1
    }
    case 'report':
      console.log(runReport(wanted))
      return 0
    case 'record':
      console.log(await record(world, wanted, around))
      return 0
    case 'replay':
      console.log(await replay(world, wanted, around))
      return 0
  }
}

function jobOrExit(): Job {
  try {
    return readOptions(process.argv.slice(2))
  } catch (fault) {
    console.error(`${(fault as Error).message}\n\n${USAGE}`)
    process.exit(2)
  }
}
