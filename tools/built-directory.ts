import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'

/** What a server calls it in its data folder. */
export const DIRECTORY_FILE = 'directory.sqlite'
/** Of the one that the servers of the tests start with, where `build-directory.ts` has been here. */
export const DIRECTORY_OF_TESTS = join(import.meta.dirname, '../node_modules/.cache/waypost-directory')

/**
 * A directory of places takes seconds to build, and is the same for all: the one in the folder `from` is as good in `to`,
 * where there is none. Nothing happens where `from` has none. A server builds one anew that is no longer right.
 */
export function copyBuiltDirectory(from: string, to: string): void {
  const [built, own] = [join(from, DIRECTORY_FILE), join(to, DIRECTORY_FILE)]
  if (!existsSync(built) || existsSync(own)) return
  mkdirSync(to, { recursive: true })
  // Whoever looks meanwhile finds none or all of it.
  copyFileSync(built, `${own}.${process.pid}`)
  renameSync(`${own}.${process.pid}`, own)
}
