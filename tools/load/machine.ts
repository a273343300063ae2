import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'

export interface Machine {
  readonly cores: number
  readonly cpu: string
  readonly memoryMb: number
  readonly node: string
  readonly system: string
}

export function thisMachine(): Machine {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() || 'unknown CPU',
    memoryMb: Math.round(totalmem() / 2 ** 20),
    node: process.versions.node,
    system: `${process.platform} ${process.arch}`,
  }
}

/** Which cores are whose. */
export interface Shares {
  readonly server: readonly number[]
  readonly load: readonly number[]
  /** Whether they were kept apart. */
  readonly isPinned: boolean
}

/** Half of the cores for the server, the others for the load; where there is one core, or no `taskset`, all are everybody's. */
export function shareCores(): Shares {
  const count = availableParallelism()
  const all = Array.from({ length: count }, (_, core) => core)
  const isPinned = count > 1 && spawnSync('taskset', ['-p', String(process.pid)]).status === 0
  if (!isPinned) return { server: all, load: all, isPinned: false }
  const half = Math.floor(count / 2)
  return { server: all.slice(0, half), load: all.slice(half), isPinned: true }
}

/** All threads that a process has; later ones are where the thread is that starts them. */
export function pin(pid: number, cores: readonly number[]): void {
  spawnSync('taskset', ['-a', '-c', '-p', cores.join(','), String(pid)])
}

/** For how long so far these cores have worked, for whomever, or were taken from this machine by its host (Linux); 0 elsewhere. */
export function busySeconds(cores: readonly number[]): number {
  if (!existsSync('/proc/stat')) return 0
  return busyIn(readFileSync('/proc/stat', 'utf8'), cores)
}

/** In hundredths: user, nice, system, idle, iowait, irq, softirq, steal; guests are in user. */
export function busyIn(stat: string, cores: readonly number[]): number {
  let busy = 0
  for (const [, core, text = ''] of stat.matchAll(/^cpu(\d+) (.*)$/gm)) {
    if (!cores.includes(Number(core))) continue
    const spent = text.trim().split(/ +/).map(Number)
    busy += spent.slice(0, 8).reduce((sum, each, at) => (at === 3 || at === 4 ? sum : sum + each), 0)
  }
  return busy / 100
}

/** What lies in a folder, in MB. */
export function folderMb(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    // SQLite's files come and go.
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes / 2 ** 20
}

/** Bytes that a process has had written to a disk so far (Linux); 0 where that is not told. */
export function writtenBytes(pid: number): number {
  try {
    return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
