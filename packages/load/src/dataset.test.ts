import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Did } from '@waypost/kernel'
import { app } from '@waypost/lexicon'
import { readCsv } from './csv.ts'
import { readDataset } from './dataset.ts'
import { countReplay, replayEvents } from './replay-events.ts'

/** Runs with a folder that holds these files, gzipped. */
async function withFolder(files: Record<string, string>, run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-dataset-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), gzipSync(text))
    await run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const SMALL = {
  'venues.csv.gz':
    'venue,name,lat,lon\n1,"Park, the old one",40.5,-74.1\n2,Station,40.6,-74.2\n3,Nowhere,940.6,-74.2\n',
  'friends.csv.gz': 'a,b\n7,8\n8,9\n7,99\n',
  'checkins.csv.gz': [
    'user,time_utc,lat,lon,venue',
    '8,2010-01-01T10:00:30Z,40.5,-74.1,1',
    '7,2010-01-01T10:00:10Z,40.5,-74.1,1',
    '7,2010-01-01T10:00:10Z,40.6,-74.2,2',
    '7,2010-01-02T10:00:00Z,40.6,-74.2,2',
    '7,2010-01-02T11:00:00Z,40.6,-74.2,55',
    '7,2010-01-02T12:00:00Z,40.6,-74.2,3',
    '7,yesterday,40.6,-74.2,2',
    '8,2010-01-03T10:00:00Z,40.6,-74.2,2',
    '9,2010-01-03T10:00:00Z,40.6,-74.2,2',
    '',
  ].join('\n'),
}
const DIDS = ['did:plc:aaaaaaaaaaaaaaaaaaaaaaaa', 'did:plc:bbbbbbbbbbbbbbbbbbbbbbbb'] as Did[]

test('a CSV may quote commas, quotes and line ends, wherever a chunk is cut', async () => {
  const long = 'x'.repeat(70_000)
  await withFolder({ 'a.csv.gz': `a,b\r\n"1,""2""\n3",é\r\n${long},"${long}"\n,last` }, async (folder) => {
    const rows = (await Array.fromAsync(readCsv(join(folder, 'a.csv.gz')))).flat()
    assert.deepEqual(rows, [
      ['1,"2"\n3', 'é'],
      [long, long],
      ['', 'last'],
    ])
  })
})

test('a dataset gives the people with the most check-ins, and says which rows it left out and why', async () => {
  await withFolder(SMALL, async (folder) => {
    const dataset = await readDataset(folder, { people: 2 })
    assert.deepEqual(dataset.people, [
      { user: '7', visits: 6 },
      { user: '8', visits: 2 },
    ])
    assert.deepEqual(
      dataset.visits.map(({ person, venue }) => [person, venue.name]),
      [
        [0, 'Park, the old one'],
        [0, 'Station'],
        [1, 'Park, the old one'],
        [0, 'Station'],
        [1, 'Station'],
      ],
    )
    assert.deepEqual(dataset.friends, [[0, 1]])
    assert.deepEqual(Object.fromEntries(dataset.refused), { 'unknown venue': 1, 'bad coordinates': 1, 'bad time': 1 })
  })
})

test('sets of other shapes are read by the names of their columns', async () => {
  const files = {
    'venues.csv.gz': [
      'venue,lat,lon,category_idx,root_category_inferred,coord_source',
      '49edce76f964a520f9671fe3,40.7,-74.0,1,Food,tist2015',
      '42225f00f964a520b21f1fe3,,,1,,',
      '',
    ].join('\n'),
    'friends.csv.gz': 'a,b,before,after\n7,8,1,0\n7,9,0,1\n',
    'checkins.csv.gz': [
      'user,time_local_hour,venue,category_idx',
      '7,2012-04-03T14:00,49edce76f964a520f9671fe3,1',
      '8,2012-12-03T14:00,49edce76f964a520f9671fe3,1',
      '9,2012-12-03T15:00,42225f00f964a520b21f1fe3,1',
      '',
    ].join('\n'),
  }
  await withFolder(files, async (folder) => {
    const { visits, friends, refused } = await readDataset(folder, { people: 3 })
    assert.deepEqual(friends, [[0, 2]])
    assert.deepEqual(Object.fromEntries(refused), { 'bad coordinates': 1 })
    // Summer and winter in New York.
    assert.deepEqual(
      visits.map(({ at }) => new Date(at).toISOString()),
      ['2012-04-03T18:00:00.000Z', '2012-12-03T19:00:00.000Z'],
    )
    assert.deepEqual(visits[0]?.venue, {
      name: 'Food 671fe3',
      latitude: '40.7',
      longitude: '-74.0',
      category: 'food',
      foursquareId: '49edce76f964a520f9671fe3',
    })
  })
})

test('without a table of venues each check-in says where it was', async () => {
  const checkins = [
    'user,time_utc,tz_offset_min,lat,lon,venue,category,root_category',
    '1,2012-04-03T18:18:36Z,-360,51.1,-114.0,4b3fcbf7f964a520feae25e3,Grocery Store,Shop & Service',
    '1,2012-04-03T19:18:36Z,-360,,,4b3fcbf7f964a520feae25e3,Grocery Store,Shop & Service',
    '',
  ].join('\n')
  await withFolder({ 'checkins.csv.gz': checkins }, async (folder) => {
    const { visits, refused } = await readDataset(folder, { people: 1 })
    assert.deepEqual(
      visits.map(({ venue }) => [venue.name, venue.latitude]),
      [['Grocery Store ae25e3', '51.1']],
    )
    assert.deepEqual(Object.fromEntries(refused), { 'bad coordinates': 1 })
  })
})

test('replayed people have accounts, follow their friends, and check in by the minute in the order of time', async () => {
  await withFolder(SMALL, async (folder) => {
    const dataset = await readDataset(folder, { people: 2 })
    const events = [...replayEvents(dataset, DIDS)]
    assert.deepEqual(
      events.map((event) => [event.kind, event.kind === 'commit' ? event.writes.length : 0]),
      [
        ['identity', 0],
        ['account', 0],
        ['commit', 2],
        ['identity', 0],
        ['account', 0],
        ['commit', 2],
        ['commit', 2],
        ['commit', 1],
        ['commit', 1],
        ['commit', 1],
      ],
    )
    assert.deepEqual([...replayEvents(dataset, DIDS)], events)
    const { checkins, follows, profiles } = countReplay(events)
    assert.deepEqual([checkins, follows, profiles], [5, 2, 2])
  })
})

test('replayed records satisfy their lexicons, and some are edited or deleted again', async () => {
  const rows = Array.from({ length: 200 }, (_, n) => `7,${new Date(1.27e12 + n * 61_000).toISOString()},40.5,-74.1,1`)
  const files = { ...SMALL, 'checkins.csv.gz': `user,time_utc,lat,lon,venue\n${rows.join('\n')}\n` }
  await withFolder(files, async (folder) => {
    const events = [...replayEvents(await readDataset(folder, { people: 1 }), DIDS.slice(0, 1))]
    const { checkins, deleted, edited } = countReplay(events)
    assert.deepEqual([checkins, deleted, edited], [200, 2, 3])
    const keys = new Set<string>()
    for (const event of events) {
      if (event.kind !== 'commit') continue
      for (const { action, collection, rkey, record } of event.writes) {
        if (collection !== 'app.waypost.checkin' || action === 'delete') continue
        assert.equal(app.waypost.checkin.main.$safeParse(record).success, true)
        keys.add(rkey)
      }
    }
    assert.equal(keys.size, 200)
  })
})
