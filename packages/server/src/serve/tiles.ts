import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { xrpcFault } from '#serve/handler.ts'
import { answerFault } from '#serve/xrpc/adapter.ts'

/**
 * An archive of map tiles (PMTiles, version 3), from which the client reads ranges: nothing is unpacked, and no tile
 * server runs. A file is served by us; a URL is left to whoever has it.
 */
export type TileSource =
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  | { readonly kind: 'url'; readonly url: string }

const MAGIC = Buffer.from('PMTiles\u0003', 'latin1')
/** Header and root directory, which every change of an archive changes. */
const HEAD_BYTES = 16_384

/** The archive at a path; undefined where there is none. Its name changes with what is in it, so it may be kept for ever. */
export function tileFile(path: string): TileSource | undefined {
  const head = Buffer.alloc(HEAD_BYTES)
  let size: number
  try {
    size = statSync(path).size
    const file = openSync(path, 'r')
    try {
      readSync(file, head, 0, HEAD_BYTES, 0)
    } finally {
      closeSync(file)
    }
  } catch {
    return undefined
  }
  if (!head.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  const version = createHash('sha256').update(head).update(String(size)).digest('hex').slice(0, 16)
  return { kind: 'file', path, name: `${version}.pmtiles` }
}

/** What the client reads: a path of ours, or the URL as it was given. */
export function tilesAddress(source: TileSource | undefined): string | undefined {
  return source?.kind === 'file' ? `/tiles/${source.name}` : source?.url
}

/** The route `/tiles/<name>`; ranges, conditions and streaming are those of the static files, whose plugin must be there. */
export function mountTiles(app: FastifyInstance, source: TileSource | undefined): void {
  app.get<{ Params: { name: string } }>('/tiles/:name', async ({ params }, reply) =>
    source?.kind === 'file' && params.name === source.name
      ? reply.sendFile(basename(source.path), dirname(source.path))
      : answerFault(reply.header('cache-control', 'no-store'), xrpcFault(404, 'NotFound', 'no such tiles')),
  )
}
