import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { LOG_FILE } from '@waypost/engine'
import type { World } from '@waypost/kernel'
import type { BudgetEvents } from '#serve/budget/events.ts'
import { openBudget, type Budget, type BudgetStore } from '#serve/budget/guard.ts'
import type { Sizes } from '#serve/budget/machine.ts'
import { countEgress } from '#serve/budget/meters.ts'
import { isShared } from './ingesting.ts'
import type { Config } from './config.ts'

const FILE = 'budget-used.json'
/** Folders hold many files, and grow slowly: they are walked so often. */
const WALK_EVERY_MS = 600_000

export interface ProcessBudget extends Budget {
  /** Has what leaves by this server counted. */
  readonly countEgressOf: ReturnType<typeof countEgress>['follow']
}

/** The budget of this process, measured by its machine and kept in its data folder, which no two processes hold. */
export async function openProcessBudget(
  world: World,
  parts: {
    readonly config: Pick<Config, 'dataFolder' | 'engine' | 'budget'>
    readonly events: BudgetEvents
  },
): Promise<ProcessBudget> {
  const { config, events } = parts
  const egress = countEgress()
  const budget = await openBudget({
    world,
    settings: config.budget,
    events,
    store: fileStore(config.dataFolder),
    meters: {
      cpuSeconds() {
        const { user, system } = process.cpuUsage()
        return (user + system) / 1e6
      },
      residentBytes: () => process.memoryUsage.rss(),
      egressBytes: egress.bytes,
      sizes: sizesOf(world, config.dataFolder, { hasLog: !isShared(config) }),
    },
  })
  return { ...budget, countEgressOf: egress.follow }
}

function fileStore(folder: string): BudgetStore {
  const file = join(folder, FILE)
  return {
    read: () => unlessAbsent(readFile(file, 'utf8')),
    async write(text) {
      await writeFile(`${file}.new`, text, { flush: true })
      await rename(`${file}.new`, file)
    },
  }
}

/** The bytes of all files in the folder, and of those of the log. */
function sizesOf(world: World, folder: string, { hasLog }: { readonly hasLog: boolean }): () => Promise<Sizes> {
  let walked = { atMs: -Infinity, bytes: 0 }

  async function bytesIn(path: string): Promise<number> {
    let bytes = 0
    for (const entry of (await unlessAbsent(readdir(path, { withFileTypes: true }))) ?? []) {
      const inner = join(path, entry.name)
      bytes += entry.isDirectory() ? await bytesIn(inner) : await sizeOf(inner)
    }
    return bytes
  }

  return async () => {
    const entries = await readdir(folder, { withFileTypes: true })
    if (world.clock.elapsed() - walked.atMs >= WALK_EVERY_MS) {
      const atMs = world.clock.elapsed()
      let bytes = 0
      for (const entry of entries) if (entry.isDirectory()) bytes += await bytesIn(join(folder, entry.name))
      walked = { atMs, bytes }
    }
    const sums = { disk: walked.bytes, log: 0 }
    for (const entry of entries) {
      if (!entry.isFile()) continue
      const bytes = await sizeOf(join(folder, entry.name))
      sums.disk += bytes
      if (entry.name.startsWith(LOG_FILE)) sums.log += bytes
    }
    return hasLog ? sums : { disk: sums.disk }
  }
}

/** 0 where it is gone by now. */
async function sizeOf(file: string): Promise<number> {
  return (await unlessAbsent(stat(file)))?.size ?? 0
}

async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fault
  }
}
