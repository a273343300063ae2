import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { World } from '@waypost/kernel'

const FILE = 'node-id'
const ID_BYTES = 16

/**
 * Tells this process from all others of the same engine: kept in its data folder, which no two processes hold at once.
 * So whoever bears it after a restart knows that what it held before is held by nobody else.
 */
export function nodeId(world: World, folder: string): string {
  const file = join(folder, FILE)
  if (existsSync(file)) {
    const id = readFileSync(file, 'utf8').trim()
    if (/^[0-9a-f]{32}$/.test(id)) return id
  }
  const id = Buffer.from(world.random.bytes(ID_BYTES)).toString('hex')
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${file}.new`, `${id}\n`)
  renameSync(`${file}.new`, file)
  return id
}
