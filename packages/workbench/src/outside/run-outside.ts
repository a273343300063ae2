import { realWorld, type World } from '@waypost/kernel'
import type { RunOptions } from '../run/options.ts'
import { runTest, type RunParts, type RunResult } from '../run/run.ts'
import { processCluster } from './process-cluster.ts'

export interface OutsideOptions {
  /** The node's program and its arguments. */
  readonly command: readonly string[]
  readonly logFolder?: string
  readonly onLogLine?: (node: string, line: string) => void
  readonly onProgress?: RunParts['onProgress']
  readonly world?: World
}

/** Runs a test on child processes, in real time. Its dice follow from the seed, what processes do with them does not. */
export function runOutside(options: RunOptions, outside: OutsideOptions): Promise<RunResult> {
  const { command, logFolder, onLogLine, onProgress, world = realWorld() } = outside
  return runTest({
    world,
    options,
    onProgress,
    makeCluster: (network, misdeed) => processCluster({ command, logFolder, onLogLine, network, world, misdeed }),
  })
}
