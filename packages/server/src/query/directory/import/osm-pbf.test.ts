import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { readPbf, type PbfLimits } from './osm-pbf.ts'
import { boxAround, createPoints, middleOf } from './osm-points.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-pbf-'))
after(() => rmSync(folder, { recursive: true }))

type Tags = Readonly<Record<string, string>>
interface Extract {
  readonly nodes: readonly (readonly [id: number, lat: number, lon: number, tags?: Tags])[]
  readonly ways: readonly (readonly [id: number, refs: readonly number[], tags?: Tags])[]
  readonly relations: readonly (readonly [
    id: number,
    members: readonly (readonly ['node' | 'way' | 'relation', number])[],
    tags: Tags,
  ])[]
}

/* A writer of the format, as small as it can be: protocol buffers within length-prefixed blocks. */

function varint(value: number): number[] {
  const bytes: number[] = []
  let left = BigInt.asUintN(64, BigInt(value))
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128)
  return [...bytes, Number(left)]
}
const zigzag = (value: number): number[] => varint(value >= 0 ? value * 2 : -value * 2 - 1)
const number = (field: number, encoded: number[]): number[] => [...varint(field * 8), ...encoded]
const bytes = (field: number, content: Iterable<number>): number[] => {
  const all = [...content]
  return [...varint(field * 8 + 2), ...varint(all.length), ...all]
}
const deltas = (values: readonly number[]): number[] =>
  values.flatMap((value, at) => zigzag(value - (at === 0 ? 0 : values[at - 1]!)))

function write(name: string, { nodes, ways, relations }: Extract): string {
  const strings = ['']
  const index = (text: string): number => (strings.includes(text) ? strings.indexOf(text) : strings.push(text) - 1)
  const tagged = (tags: Tags = {}): number[] => [
    ...bytes(
      2,
      Object.keys(tags).flatMap((key) => varint(index(key))),
    ),
    ...bytes(
      3,
      Object.values(tags).flatMap((text) => varint(index(text))),
    ),
  ]
  const groups = [
    nodes.flatMap(([id, lat, lon, tags]) =>
      bytes(1, [
        ...number(1, zigzag(id)),
        ...tagged(tags),
        ...number(8, zigzag(Math.round(lat * 1e7))),
        ...number(9, zigzag(Math.round(lon * 1e7))),
      ]),
    ),
    ways.flatMap(([id, refs, tags]) =>
      bytes(3, [...number(1, varint(id)), ...tagged(tags), ...bytes(8, deltas(refs))]),
    ),
    relations.flatMap(([id, members, tags]) =>
      bytes(4, [
        ...number(1, varint(id)),
        ...tagged(tags),
        ...bytes(
          8,
          members.flatMap(() => varint(0)),
        ),
        ...bytes(9, deltas(members.map(([, ref]) => ref))),
        ...bytes(
          10,
          members.flatMap(([type]) => varint(['node', 'way', 'relation'].indexOf(type))),
        ),
      ]),
    ),
  ].filter((group) => group.length > 0)
  const table = bytes(
    1,
    strings.flatMap((text) => bytes(1, Buffer.from(text))),
  )
  const blocks = [block('OSMHeader', []), block('OSMData', [...table, ...groups.flatMap((group) => bytes(2, group))])]
  const file = join(folder, name)
  writeFileSync(file, Buffer.concat(blocks))
  return file
}

function block(type: string, content: readonly number[]): Buffer {
  const blob = Buffer.from([...number(2, varint(content.length)), ...bytes(3, deflateSync(Uint8Array.from(content)))])
  const header = Buffer.from([...bytes(1, Buffer.from(type)), ...number(3, varint(blob.length))])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(header.length)
  return Buffer.concat([length, header, blob])
}

async function rows(file: string, limits?: PbfLimits) {
  const found: (readonly [string, number | undefined, number | undefined])[] = []
  for await (const row of readPbf(file, limits)) {
    const rounded = (degrees: unknown) => (typeof degrees === 'number' ? Number(degrees.toFixed(5)) : undefined)
    found.push([row.sourceId, rounded(row.latitude), rounded(row.longitude)])
  }
  return found
}

const named = (more: Tags): Tags => ({ name: 'Somewhere', ...more })
const PALACE: Extract = {
  nodes: [
    [1, 10, 20],
    [2, 10, 22],
    [3, 12, 20],
    [4, 12, 22],
    [5, 11, 21, named({ amenity: 'cafe' })],
    [6, 50, 179.5],
    [7, 51, -179.5],
    [12_345_678_901, 14, 20],
  ],
  ways: [
    [1, [1, 2]],
    [2, [3, 12_345_678_901]],
    [3, [1, 2, 4, 3, 1], named({ leisure: 'park' })],
    [4, [6, 7], named({ natural: 'beach' })],
    [5, [1, 99], named({ highway: 'path' })],
    [6, [98, 99], named({ shop: 'kiosk' })],
  ],
  relations: [
    [
      1,
      [
        ['way', 1],
        ['way', 2],
        ['way', 77],
      ],
      named({ type: 'multipolygon', tourism: 'museum' }),
    ],
    [
      2,
      [
        ['node', 3],
        ['node', 4],
        ['relation', 1],
      ],
      named({ type: 'site', historic: 'ruins' }),
    ],
    [3, [['way', 1]], named({ type: 'route', tourism: 'attraction' })],
    [4, [['way', 77]], named({ type: 'multipolygon', leisure: 'park' })],
    [5, [['way', 4]], named({ type: 'multipolygon', leisure: 'park' })],
  ],
}
const EXPECTED = [
  ['node/5', 11, 21],
  ['way/3', 11, 21],
  ['way/4', 50.5, 180],
  ['way/6', undefined, undefined],
  ['relation/1', 12, 21],
  ['relation/2', 12, 21],
  ['relation/4', undefined, undefined],
  ['relation/5', 50.5, 180],
] as const

test('nodes, ways and relations that are places are read, at the middle of what the file has of them', async () => {
  assert.deepEqual(await rows(write('palace.osm.pbf', PALACE)), EXPECTED)
})

test('a file that needs more than fits into memory is read in turns, and each place comes once', async () => {
  const file = write('turns.osm.pbf', PALACE)
  for (const limits of [
    { nodesMax: 1, membersMax: 1 },
    { nodesMax: 6, membersMax: 100 },
    { nodesMax: 100, membersMax: 3 },
  ]) {
    const found = await rows(file, limits)
    assert.deepEqual(
      found.toSorted((a, b) => (a[0] < b[0] ? -1 : 1)),
      EXPECTED.toSorted((a, b) => (a[0] < b[0] ? -1 : 1)),
    )
    assert.deepEqual(await rows(file, limits), found, 'in the same order each time')
  }
})

test('positions that were wanted are found, and no others', () => {
  const id = fc.integer({ min: 1, max: 2 ** 45 })
  fc.assert(
    fc.property(fc.array(id), fc.array(id), (wanted, others) => {
      const points = createPoints()
      points.want([...wanted, ...wanted])
      points.seal()
      for (const each of [...wanted, ...others]) points.put(each, (each % 90) / 2, each % 180)
      for (const each of wanted) assert.deepEqual(points.get(each), { lat: (each % 90) / 2, lon: each % 180 })
      for (const each of others) if (!wanted.includes(each)) assert.equal(points.get(each), undefined)
    }),
  )
})

test('the middle of a box across the date line is there and not on the other side of the world', () => {
  const box = boxAround([
    { lat: 0, lon: 179 },
    { lat: 2, lon: -177 },
  ])
  assert.deepEqual(box && middleOf(box), { lat: 1, lon: -179 })
})
