import type { Program } from '../node/program.ts'
import type { RunOptions } from '../run/options.ts'
import { runTest, type RunParts, type RunResult } from '../run/run.ts'
import { programCluster } from './program-cluster.ts'
import { virtualTime } from './virtual-time.ts'

export interface InsideOptions {
  readonly program: Program
  readonly args?: readonly string[]
  readonly onProgress?: RunParts['onProgress']
}

/** Runs a test in virtual time: everything in it follows from the options and their seed. */
export function runInside(options: RunOptions, { program, args = [], onProgress }: InsideOptions): Promise<RunResult> {
  const time = virtualTime(options.seed)
  const { seed } = options
  return time.drive(
    runTest({
      world: time.world,
      options,
      onProgress,
      makeCluster: (network, misdeed) => programCluster({ time, program, args, network, seed, misdeed }),
    }),
  )
}
