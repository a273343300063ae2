import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CATALOGUE_FILE, LOG_FILE, openEmbeddedEngine, openNatsEngine, type Engine } from '@waypost/engine'
import type { World } from '@waypost/kernel'
import type { Config } from './config.ts'

/**
 * The engine that the operator chose. A data folder is of one engine's log: what was derived from one would be wrong
 * beside another. Throws an `Error` that says so.
 */
export async function openEngine(world: World, { dataFolder, engine }: Config): Promise<Engine> {
  const others = engine.kind === 'embedded' ? CATALOGUE_FILE : LOG_FILE
  if (existsSync(join(dataFolder, others))) {
    throw new Error(
      `${dataFolder} is of another engine's log (it holds ${others}): set WAYPOST_DATA to a folder of its own`,
    )
  }
  if (engine.kind === 'embedded') return openEmbeddedEngine({ folder: dataFolder, world })
  return openNatsEngine({ world, folder: dataFolder, servers: engine.servers, monitors: engine.monitors })
}
