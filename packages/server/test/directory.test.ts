import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { createTelemetry } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { openDirectory, type Directory, type DirectoryQuery } from '../src/query/directory/directory.ts'
import { importFile } from '../src/query/directory/import/import-file.ts'
import { openPlaceStore } from '../src/query/directory/import/place-store.ts'
import { keepCurrent } from '../src/query/directory/keep-current.ts'
import { placeId } from '../src/project/place-id.ts'

const SQUARE = {
  name: 'Senate Square',
  category: 'outdoors.plaza',
  latitude: 60.16945,
  longitude: 24.95245,
  country: 'FI',
}

describe('the directory of all towns', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-directory-'))
  const file = join(folder, 'places', 'directory.sqlite')
  const extra = join(folder, 'extra.json')
  const { log } = createTelemetry({ level: 'silent', destination: new Writable() })
  let directory: Directory

  before(async () => {
    writeFileSync(extra, JSON.stringify([SQUARE]))
    directory = await openDirectory({ file, extra, log })
  })
  after(() => {
    directory.close()
    rmSync(folder, { recursive: true })
  })

  function first(query: Omit<DirectoryQuery, 'limit' | 'offset'>) {
    return directory.search({ limit: 1, offset: 0, ...query })[0]!
  }

  test('has every town that there is, with its licence and an id that follows from its refs', () => {
    assert.ok(directory.count() > 130_000)
    for (const town of directory.search({ limit: 200, offset: 0 })) {
      assert.equal(town.attribution, 'GeoNames, CC BY 4.0')
      assert.equal(town.category, 'place.town')
      assert.equal(placeId(town as Parameters<typeof placeId>[0] & { geo?: undefined }), town.id)
      assert.deepEqual(directory.get(town.id), town)
    }
  })

  test('finds towns as people type them', () => {
    assert.equal(first({ text: 'reykjavik' }).name, 'Reykjavík')
    assert.equal(first({ text: 'tromso' }).name, 'Tromsø')
    assert.equal(first({ text: 'nukualofa' }).address?.country, 'TO')
    assert.equal(first({ text: 'new y' }).name, 'New York City')
    assert.equal(first({ text: 'paris' }).address?.country, 'FR')
    assert.equal(first({ text: 'paris', near: { latitude: 33.6, longitude: -95.5 } }).address?.region, 'TX')
    assert.equal(first({ text: 'es', near: { latitude: 60.17, longitude: 24.94 } }).name, 'Espoo')
  })

  test('finds the town in which one is', () => {
    const townAt = (latitude: number, longitude: number) =>
      directory
        .search({ near: { latitude, longitude }, limit: 3, offset: 0 })
        .find(({ category }) => category === 'place.town')?.name
    assert.equal(townAt(35.6595, 139.7005), 'Tokyo')
    assert.equal(townAt(60.17, 24.94), 'Helsinki')
    assert.equal(townAt(-18.14, 178.44), 'Suva')
  })

  test('finds the nearest town wherever one is', () => {
    const beyond = directory.search({ near: { latitude: -17, longitude: -179.99 }, limit: 6, offset: 0 })
    assert.deepEqual(new Set(beyond.map(({ address }) => address?.country)), new Set(['FJ']))
    assert.equal(first({ near: { latitude: 90, longitude: 0 } }).name, 'Longyearbyen')
    assert.equal(first({ near: { latitude: -90, longitude: 0 } }).address?.country, 'AQ')
    assert.ok(first({ near: { latitude: -48.9, longitude: -123.4 } }).distance! > 2_000_000)
  })

  test('has the places of the extra file beside them', () => {
    assert.equal(first({ near: { latitude: 60.1695, longitude: 24.952 } }).name, SQUARE.name)
    assert.equal(first({ text: 'senate sq' }).attribution, undefined)
  })

  test('is not built again as long as nothing changed, and is as soon as the extra file did', async () => {
    const built = statSync(file).ino
    const again = await openDirectory({ file, extra, log })
    again.close()
    assert.equal(statSync(file).ino, built)
    writeFileSync(extra, JSON.stringify([SQUARE, { ...SQUARE, name: 'Market Square', latitude: 60.1676 }]))
    const changed = await openDirectory({ file, extra, log })
    assert.equal(changed.search({ text: 'market sq', near: SQUARE, limit: 1, offset: 0 })[0]?.name, 'Market Square')
    assert.equal(changed.count(), directory.count() + 1)
    changed.close()
    assert.notEqual(statSync(file).ino, built)
    assert.deepEqual(readdirSync(join(folder, 'places')), ['directory.sqlite'])
  })

  test('is built again where its file is damaged', async () => {
    truncateSync(file, 10_000)
    const mended = await openDirectory({ file, extra, log })
    assert.equal(mended.search({ text: 'reykjavik', limit: 1, offset: 0 })[0]?.name, 'Reykjavík')
    mended.close()
  })

  test('says what is wrong with an extra file, and leaves the old directory alone', async () => {
    const before = statSync(file).ino
    writeFileSync(extra, '[{"name":"Nowhere"}]')
    await assert.rejects(openDirectory({ file, extra, log }), /item 0 is not a place/)
    await assert.rejects(openDirectory({ file, extra: join(folder, 'absent.json'), log }), /ENOENT/)
    assert.equal(statSync(file).ino, before)
  })
})

describe('a directory in use', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-renewed-'))
  const options = { file: join(folder, 'directory.sqlite'), imported: join(folder, 'places.sqlite') }
  after(() => rmSync(folder, { recursive: true }))

  async function takeIn(name: string): Promise<void> {
    using store = openPlaceStore(options.imported)
    const table = join(folder, `${name}.csv`)
    writeFileSync(table, `name,lat,lon\n${name},60.5,24.5\n`)
    await importFile(store, table)
  }

  test('takes in what was imported once that has come to rest, while readers go on', async () => {
    const world = simWorld()
    const { log } = createTelemetry({ level: 'silent', destination: new Writable() })
    const directory = await openDirectory({ ...options, log })
    const before = directory.count()
    const renewals: boolean[] = []
    const kept = keepCurrent(
      world,
      {
        async renew(signal) {
          const isRenewed = await directory.renew(signal)
          renewals.push(isRenewed)
          return isRenewed
        },
      },
      { log, renewed: () => {} },
    )
    /** Lets one look pass, and reads without a pause as long as it lasts. */
    async function look(): Promise<void> {
      const looks = renewals.length
      await world.advance(30_000)
      while (renewals.length === looks) {
        assert.equal(directory.search({ text: 'reykjavik', limit: 1, offset: 0 })[0]?.name, 'Reykjavík')
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await look()
    await takeIn('Firsthouse')
    await look()
    await takeIn('Secondhouse')
    await look()
    assert.deepEqual([renewals, directory.count()], [[false, false, false], before])
    await look()
    assert.deepEqual([renewals.at(-1), directory.count()], [true, before + 2])
    assert.equal(directory.search({ text: 'secondhouse', limit: 1, offset: 0 })[0]?.name, 'Secondhouse')
    await look()
    assert.equal(renewals.at(-1), false, 'it is not built again')
    await kept[Symbol.asyncDispose]()
    directory.close()
  })

  test('lets go of a build that is under way when it is to end', async () => {
    const { log } = createTelemetry({ level: 'silent', destination: new Writable() })
    const directory = await openDirectory({ ...options, log })
    await takeIn('Thirdhouse')
    const ending = new AbortController()
    assert.equal(await directory.renew(ending.signal), false)
    const renewing = directory.renew(ending.signal)
    setImmediate(() => ending.abort())
    await assert.rejects(renewing)
    assert.equal(directory.search({ text: 'secondhouse', limit: 1, offset: 0 })[0]?.name, 'Secondhouse')
    directory.close()
  })
})
