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
