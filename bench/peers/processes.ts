import { readdirSync, readFileSync } from 'node:fs'

/** What processes have used (Linux), each with all that it started and that started by these. */

/** Clock ticks a second in /proc, as Linux fixes them for programs. */
const TICKS = 100

/** CPU time until now, seconds; of those that ended and were waited for as well. */
export function cpuSecondsOf(roots: readonly number[]): number {
  let ticks = 0
  for (const pid of familiesOf(roots)) {
    // utime, stime and the same of children that are gone.
    const fields = statOf(pid) ?? []
    ticks += fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  }
  return ticks / TICKS
}

/** Resident memory now, MB: of what several of them share, such as the buffers of PostgreSQL, each has its part. */
export function memoryMbOf(roots: readonly number[]): number {
  let kilobytes = 0
  for (const pid of familiesOf(roots)) kilobytes += proportionalKilobytes(pid)
  return kilobytes / 1_024
}

function proportionalKilobytes(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
  } catch {
    // It has just ended.
    return 0
  }
}

function familiesOf(roots: readonly number[]): ReadonlySet<number> {
  const childrenOf = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const parent = Number.isInteger(pid) ? Number(statOf(pid)?.[1]) : Number.NaN
    if (!Number.isNaN(parent)) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid])
  }
  const family = new Set<number>(roots)
  // A set hands out what is added while one goes through it.
  for (const pid of family) for (const child of childrenOf.get(pid) ?? []) family.add(child)
  return family
}

/** The fields of a process behind its name, from its state on; undefined where it is gone. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}
