import { closeSync, fdatasync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Disk } from './program.ts'

/** Names the folder where nodes keep what must outlive them, in a file each; without it they keep it in memory. */
export const DISK_FOLDER = 'WORKBENCH_DISK_FOLDER'

/** A disk that is gone with the process: for nodes that are never restarted. */
export function memoryDisk(): Disk {
  const kept = new Map<string, unknown>()
  return {
    get: (key) => kept.get(key),
    async put(key, value) {
      kept.set(key, structuredClone(value))
    },
  }
}

/**
 * A disk that is one file of JSON lines, `[key, value]` each, the last of a key counting. Puts that wait while the file
 * is synced are synced together. A line that a crash cut off is left out when the file is read again.
 */
export function fileDisk(file: string): Disk & Disposable {
  mkdirSync(dirname(file), { recursive: true })
  const handle = openSync(file, 'a+')
  const kept = new Map<string, unknown>(wholeLines(file).map((line) => JSON.parse(line) as [string, unknown]))
  let waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []
  let isSyncing = false

  function sync(): void {
    const together = waiting
    waiting = []
    isSyncing = true
    fdatasync(handle, (error) => {
      isSyncing = false
      for (const { resolve, reject } of together) {
        if (error) reject(error)
        else resolve()
      }
      if (waiting.length > 0) sync()
    })
  }

  return {
    get: (key) => kept.get(key),
    put(key, value) {
      const line = JSON.stringify([key, value])
      kept.set(key, (JSON.parse(line) as [string, unknown])[1])
      // The newline in front ends a line that a crash cut off.
      writeSync(handle, `\n${line}\n`)
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        if (!isSyncing) sync()
      })
    },
    [Symbol.dispose]: () => closeSync(handle),
  }
}

function wholeLines(file: string): readonly string[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line.startsWith('[') && line.endsWith(']') && isJson(line))
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}
