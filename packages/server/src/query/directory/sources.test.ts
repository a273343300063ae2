import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readExtraPlaces } from './sources.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-places-'))
after(() => rmSync(folder, { recursive: true }))

function read(content: unknown) {
  const file = join(folder, 'places.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return readExtraPlaces(file)
}

const TOWER = { name: 'Tower', category: 'sight.tower', latitude: 48.85837, longitude: 2.294481, country: 'FR' }

test('a place of a file has the id that its refs or its position give it', () => {
  const refs = [{ $type: 'app.waypost.checkin#osmRef', type: 'way', id: '5013364' }]
  const [byRef, byPosition] = read([{ ...TOWER, locality: 'Paris', refs }, TOWER])
  assert.deepEqual(byRef, {
    id: 'osm:way/5013364',
    name: 'Tower',
    category: 'sight.tower',
    latitude: 48.85837,
    longitude: 2.294481,
    address: { country: 'FR', locality: 'Paris' },
    refs,
    importance: 0.6,
    attribution: undefined,
  })
  assert.equal(byPosition?.id, 'geo:48.858,2.294/tower')
})

test('a file that does not hold places is refused with the item that is wrong', () => {
  const wrong = [
    { ...TOWER, latitude: 91 },
    { ...TOWER, longitude: '2' },
    { ...TOWER, name: 5 },
    { ...TOWER, refs: ['x'] },
    null,
  ]
  for (const item of wrong) assert.throws(() => read([TOWER, item]), /item 1 is not a place/)
  assert.throws(() => read({ places: [] }), /not an array/)
  assert.throws(() => read('[{'), SyntaxError)
})
