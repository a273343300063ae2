import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { World } from '@waypost/kernel'
import { startProgress } from '@waypost/kernel/progress'
import { importFile } from '#query/directory/import/import-file.ts'
import { openPlaceStore, type FileProgress } from '#query/directory/import/place-store.ts'
import type { Terminal } from './backfill-command.ts'
import type { Config } from './config.ts'

/** What `places import` has taken in, beside the server's other files. */
export function placeStoreFile(dataFolder: string): string {
  return join(dataFolder, 'places.sqlite')
}

export interface PlacesOrder {
  readonly files: readonly string[]
  readonly source: string | undefined
  readonly licence: string | undefined
}

/** `waypost places import`. Answers the exit code: 0, 1 where a file could not be read, 130 when it was stopped. */
export async function importPlaces(
  world: World,
  { config, terminal }: { readonly config: Config; readonly terminal: Terminal },
  { files, source, licence }: PlacesOrder,
): Promise<number> {
  mkdirSync(config.dataFolder, { recursive: true })
  using store = openPlaceStore(placeStoreFile(config.dataFolder))
  let code = 0
  for (const file of files) {
    const progress = startProgress(world, terminal.screen)
    try {
      const found = await importFile(store, file, {
        source,
        licence,
        signal: terminal.signal,
        onProgress({ read, kept, done }, { bytes, size }) {
          const total = done || bytes > 0 ? size : { atLeast: size }
          progress.show('importing', done ? size : bytes, total, `bytes  ${read} rows, ${kept} kept`)
        },
      })
      progress.finish()
      terminal.print(describe(file, found))
      if (!found.done) return 130
    } catch (fault) {
      progress.finish()
      terminal.print(fault instanceof Error ? fault.message : String(fault))
      code = 1
    }
  }
  terminal.print(`${store.count()} places are kept; a running server shows them within a few minutes.`)
  return code
}

function describe(file: string, { read, kept, refused, done }: FileProgress): string {
  const reasons = Object.entries(refused).map(([reason, count]) => `${count} ${reason}`)
  const all = Object.values(refused).reduce((sum, count) => sum + count, 0)
  return `${file}: ${read} rows read, ${kept} kept, ${all} refused${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}${done ? '' : '; stopped, asked again it goes on from here'}`
}
