/**
 * Builds the directory in a process of its own, because the towns take more memory while they are read than the server
 * has to spare. Arguments: the file to write, what to note as its source, and the file of more places, if there is one.
 */
import { argv } from 'node:process'
import { buildDirectory } from './build.ts'
import type { DirectoryPlace } from './place-port.ts'
import { readExtraPlaces, readTowns } from './sources.ts'

const [file, source, extra] = argv.slice(2) as [string, string, string | undefined]
buildDirectory({ file, source, places: allPlaces() })

function* allPlaces(): Iterable<DirectoryPlace> {
  if (extra !== undefined) yield* readExtraPlaces(extra)
  yield* readTowns()
}
