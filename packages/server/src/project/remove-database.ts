import { rmSync } from 'node:fs'

/** Takes a file of SQLite's away, with what it keeps beside it; nothing happens where there is none. */
export function removeDatabase(path: string): void {
  for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(path + ending, { force: true })
}
