/**
 * Builds the directory in a process of its own, because the towns take more memory while they are read than the server
 * has to spare. Arguments: the file to write, what to note as its source, and two that may be empty: the file of more
 * places, and the store of those that were imported.
 */
import { argv } from 'node:process'
import { buildDirectory } from './build.ts'
import { openPlaceStore } from './import/place-store.ts'
import type { SourcedPlace } from './place-port.ts'
import { readExtraPlaces, readTowns } from './sources.ts'

const [file, source, extra = '', imported = ''] = argv.slice(2) as [string, string, string?, string?]
buildDirectory({ file, source, places: allPlaces() })

function* allPlaces(): Iterable<SourcedPlace> {
  if (extra !== '') yield* readExtraPlaces(extra)
  if (imported !== '') {
    using store = openPlaceStore(imported)
    yield* store.places()
  }
  yield* readTowns()
}
