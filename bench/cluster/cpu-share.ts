import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A limit on the processor that some processes have: so many shares of one core for each. */
export interface CpuShares extends Disposable {
  /** Past it the process waits, all its threads together. */
  limit(pid: number, share: number): void
}

const PERIOD_US = 100_000
const ROOT = '/sys/fs/cgroup'

/** By control groups of either version; what they lack, or who may not make one, is said in the error. */
export function openCpuShares(): CpuShares {
  const isFirst = existsSync(join(ROOT, 'cpu'))
  const root = isFirst ? join(ROOT, 'cpu') : ROOT
  const made: { readonly folder: string; readonly pid: number }[] = []
  return {
    limit(pid, share) {
      const folder = join(root, `waypost-bench-${process.pid}-${pid}`)
      mkdirSync(folder)
      made.push({ folder, pid })
      const quota = Math.round(PERIOD_US * share)
      if (isFirst) {
        writeFileSync(join(folder, 'cpu.cfs_period_us'), String(PERIOD_US))
        writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quota))
      } else writeFileSync(join(folder, 'cpu.max'), `${quota} ${PERIOD_US}`)
      writeFileSync(join(folder, 'cgroup.procs'), String(pid))
    },
    [Symbol.dispose]() {
      for (const { folder, pid } of made) {
        try {
          writeFileSync(join(root, 'cgroup.procs'), String(pid))
        } catch {
          // It has ended.
        }
        try {
          rmdirSync(folder)
        } catch {
          // It is about to end: an empty group costs nothing.
        }
      }
    },
  }
}
