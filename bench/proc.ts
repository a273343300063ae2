import { readdirSync, readFileSync } from 'node:fs'

/* What the kernel tells of processes (Linux). */

/** Clock ticks a second, as Linux fixes them for programs. */
const TICKS = 100

/** CPU time of a process until now, all its threads, seconds. Throws where it is gone. */
export function cpuSeconds(pid: number): number {
  return secondsIn(statOf(pid), ['utime', 'stime'])
}

/** The same of processes with all that they started; of those that ended and were waited for as well. */
export function cpuSecondsOf(roots: readonly number[]): number {
  let seconds = 0
  for (const pid of familiesOf(roots)) {
    seconds += secondsIn(ifThere(() => statOf(pid)) ?? [], ['utime', 'stime', 'cutime', 'cstime'])
  }
  return seconds
}

/** Resident memory of a process now, MB. Throws where it is gone. */
export function residentMb(pid: number): number {
  return kilobytesIn(pid, 'status', 'VmRSS') / 1_024
}

/**
 * Memory of processes with all that they started, MB: resident, or of what several of them share, such as the buffers of
 * PostgreSQL, each its part.
 */
export function memoryMbOf(roots: readonly number[], of: 'resident' | 'proportional'): number {
  const [file, name] = of === 'resident' ? (['status', 'VmRSS'] as const) : (['smaps_rollup', 'Pss'] as const)
  let kilobytes = 0
  for (const pid of familiesOf(roots)) kilobytes += ifThere(() => kilobytesIn(pid, file, name)) ?? 0
  return kilobytes / 1_024
}

/** Processes, all that they started, and all that those did. */
function familiesOf(roots: readonly number[]): ReadonlySet<number> {
  const childrenOf = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const parent = Number.isInteger(pid) ? Number(ifThere(() => statOf(pid))?.[FIELDS.ppid]) : Number.NaN
    if (!Number.isNaN(parent)) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid])
  }
  const family = new Set<number>(roots)
  // A set hands out what is added while one goes through it.
  for (const pid of family) for (const child of childrenOf.get(pid) ?? []) family.add(child)
  return family
}

/** Throws where the process is gone. */
function kilobytesIn(pid: number, file: 'status' | 'smaps_rollup', name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0)
}

/** Undefined where a process has just ended. */
function ifThere<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

/** By their place behind the process's name, which may have spaces. */
const FIELDS = { ppid: 1, utime: 11, stime: 12, cutime: 13, cstime: 14 } as const

function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function secondsIn(stat: readonly string[], names: readonly (keyof typeof FIELDS)[]): number {
  return names.reduce((sum, name) => sum + Number(stat[FIELDS[name]] ?? 0), 0) / TICKS
}
