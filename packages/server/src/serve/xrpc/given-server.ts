import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { jsonToLex, type l } from '@atproto/lex'
import type { Result } from '@waypost/kernel'
import {
  blobOf,
  cafe,
  called,
  checkinUri,
  commented,
  didOf,
  given,
  liked,
  STORY_START_MS,
  wrote,
  type Step,
} from '#project/given.ts'
import { buildDirectory } from '#query/directory/build.ts'
import type { SourcedPlace } from '#query/directory/place-port.ts'
import { searchDirectory } from '#query/directory/search.ts'
import { openQueries } from '#query/queries.ts'
import type { ReadContext, Written, XrpcFault } from '#serve/handler.ts'
import { createFragments } from '#view/fragments.ts'

/** For tests of the read endpoints: a story, a directory with one town, and answers as a client gets them. */

export const berlin: SourcedPlace = {
  id: 'geonames:2950159',
  name: 'Berlin',
  category: 'town.capital',
  latitude: 52.52437,
  longitude: 13.41053,
  address: { country: 'DE' },
  refs: [{ $type: 'app.waypost.checkin#geonamesRef', id: '2950159' }],
  importance: 0.9,
  attribution: 'GeoNames, CC BY 4.0',
}

export interface Server extends Disposable {
  as(viewer: string | undefined): ReadContext
}

export function serving(...steps: readonly Step[]): Server {
  return servingPlaces([berlin], steps)
}

/** The same with other places in the directory. */
export function servingPlaces(places: readonly SourcedPlace[], steps: readonly Step[]): Server {
  const story = given(...steps)
  const folder = mkdtempSync(join(tmpdir(), 'waypost-directory-'))
  const file = join(folder, 'directory.sqlite')
  buildDirectory({ file, source: 'test', places })
  const directory = searchDirectory(new Database(file, { readonly: true }))
  const queries = openQueries({ readModel: story.readModel, directory })
  const fragments = createFragments(queries)
  return {
    as: (viewer) => ({
      queries,
      fragments,
      viewer: viewer === undefined ? undefined : didOf(viewer),
      now: STORY_START_MS,
    }),
    [Symbol.dispose]() {
      queries[Symbol.dispose]()
      directory.close()
      rmSync(folder, { recursive: true })
      story[Symbol.dispose]()
    },
  }
}

interface Schema {
  readonly output: { readonly schema: l.Schema }
}

/** The answer as a client gets it; fails where the lexicon does not allow it. */
export function answer<Output>({ output }: Schema, result: Result<Output | Written<Output>, XrpcFault>): Output {
  assert.ok(result.ok, result.ok ? '' : `${result.error.error}: ${result.error.message}`)
  const json: unknown = JSON.parse(JSON.stringify(result.value))
  const parsed = output.schema.safeValidate(jsonToLex(json as never))
  assert.ok(parsed.success, parsed.success ? '' : parsed.reason.message)
  return json as Output
}

export function fault(result: Result<unknown, XrpcFault>): string {
  assert.ok(!result.ok)
  return result.error.error
}

export const LIMIT = { limit: 50 }
export const first = checkinUri('ana', 'first')

const everything = (createdAt: string) => ({
  text: 'Moin @ben 🍰',
  facets: [
    {
      index: { byteStart: 5, byteEnd: 9 },
      features: [{ $type: 'app.bsky.richtext.facet#mention', did: didOf('ben') }],
    },
    { index: { byteStart: 11, byteEnd: 14 }, features: [{ $type: 'app.bsky.richtext.facet#tag', tag: 'cake' }] },
  ],
  photos: [{ image: blobOf('photo'), alt: 'Cake', aspectRatio: { width: 4, height: 3 } }],
  with: [didOf('ben'), didOf('stranger')],
  position: {
    precision: 'area',
    location: { $type: 'community.lexicon.location.hthree', value: '881f1d4899fffff' },
  },
  visitedAt: '2025-12-31T23:00:00+01:00',
  createdAt,
})

export const people: readonly Step[] = [
  called('ana', 'ana.example'),
  wrote('ana', 'app.waypost.profile', 'self', (createdAt) => ({
    displayName: 'Ana Ölvar',
    avatar: blobOf('face'),
    home: cafe,
    createdAt,
  })),
  called('ben', 'ben.example'),
  wrote('ana', 'app.waypost.checkin', 'first', (createdAt) => ({ place: cafe, ...everything(createdAt) })),
  liked('ben', first),
  commented('ben', first, 'save me some'),
]
