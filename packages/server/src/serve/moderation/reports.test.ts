import assert from 'node:assert/strict'
import { test } from 'node:test'
import { app } from '@waypost/lexicon'
import { simWorld } from '@waypost/kernel/sim'
import { called, checkedIn, checkinUri, didOf, refOf } from '#project/given.ts'
import { givenPrivate } from '#serve/given-private.ts'
import { ownRecords } from '#serve/own-records.ts'
import { serving } from '#serve/xrpc/given-server.ts'
import { report } from '#serve/xrpc/moderation/report.ts'
import { createReports, type Report } from './reports.ts'

const DAY_MS = 86_400_000
const ana = didOf('ana')
const place = (id: string) => ({ kind: 'place', id }) as const
const said = (id: string, reasonType = 'closed', reason = ''): Omit<Report, 'id' | 'at'> => ({
  by: ana,
  subject: place(id),
  reasonType,
  reason,
})

async function opened() {
  const world = simWorld()
  const { kept } = await givenPrivate(world)
  return { world, reports: createReports(world, kept) }
}

test('the operator reads who said what of what, oldest first, until each is done', async () => {
  const { world, reports } = await opened()
  const first = await reports.add(said('osm:node/1', 'closed', 'Since May'))
  await world.advance(1_000)
  await reports.add({ ...said('osm:node/2'), by: didOf('ben') })
  assert(first.ok)
  const all = reports.list()
  assert.deepEqual(
    all.map(({ by, subject, reasonType, reason }) => [by, subject.id, reasonType, reason]),
    [
      [ana, 'osm:node/1', 'closed', 'Since May'],
      [didOf('ben'), 'osm:node/2', 'closed', ''],
    ],
  )
  assert.equal(await reports.done(first.value), true)
  assert.equal(await reports.done(first.value), false)
  assert.equal(await reports.done(''), false)
  assert.equal(reports.list().length, 1)
})

test('who says the same again has one report, with the words said last', async () => {
  const { reports } = await opened()
  const ids = [await reports.add(said('osm:node/1')), await reports.add(said('osm:node/1', 'closed', 'For good'))]
  assert.deepEqual(ids[0], ids[1])
  assert.deepEqual(
    reports.list().map(({ reason }) => reason),
    ['For good'],
  )
})

test('nobody has more than fifty open, however many come at once; others are not kept from theirs', async () => {
  const { reports } = await opened()
  const ids = Array.from({ length: 60 }, (_, nth) => `osm:node/${nth + 1}`)
  const taken = await Promise.all(ids.map((id) => reports.add(said(id))))
  assert.equal(taken.filter(({ ok }) => ok).length, 50)
  assert.deepEqual(taken.at(-1), { ok: false, error: 'too-many' })
  assert.equal((await reports.add(said('osm:node/1', 'closed', 'Still'))).ok, true)
  assert.equal((await reports.add({ ...said('osm:node/99'), by: didOf('ben') })).ok, true)
  const [oldest] = reports.list()
  await reports.done(oldest!.id)
  assert.equal((await reports.add(said('osm:node/99'))).ok, true)
})

test('a report is forgotten by itself after half a year', async () => {
  const { world, reports } = await opened()
  await reports.add(said('osm:node/1'))
  await world.advance(179 * DAY_MS)
  assert.equal(reports.list().length, 1)
  await world.advance(2 * DAY_MS)
  assert.deepEqual(reports.list(), [])
})

test('only what is shown here can be reported, and of people and check-ins only what is said of them', async () => {
  using server = serving(called('ana', 'ana.example'), checkedIn('ana', 'visit'))
  const { world, reports } = await opened()
  const answer = report({ world, own: ownRecords(server.as(undefined).queries) }, reports)
  const tell = async (input: object): Promise<string> => {
    const checked = app.waypost.moderation.report.main.input.schema.safeValidate(input)
    if (!checked.success) return 'not allowed by the lexicon'
    const told = await answer(checked.value, { did: didOf('ben'), handle: 'ben.example' })
    return told.ok ? 'taken' : told.error.error
  }
  const $type = (name: string) => `app.waypost.moderation.report#${name}`
  const of = {
    place: { $type: $type('placeSubject'), place: 'osm:node/240109189' },
    checkin: { $type: 'com.atproto.repo.strongRef', ...refOf(checkinUri('ana', 'visit')) },
    person: { $type: $type('personSubject'), did: ana },
  }
  for (const subject of Object.values(of)) assert.equal(await tell({ subject, reasonType: 'offensive' }), 'taken')
  assert.equal(await tell({ subject: of.place, reasonType: 'duplicate', reason: '字'.repeat(2_000) }), 'taken')
  assert.equal(await tell({ subject: of.person, reasonType: 'closed' }), 'InvalidReason')
  assert.equal(await tell({ subject: of.checkin, reasonType: 'wrongName' }), 'InvalidReason')
  const nowhere = [
    { ...of.place, place: 'osm:node/404' },
    { ...of.place, place: '../report/' },
    { ...of.checkin, uri: checkinUri('ana', 'other') },
    { ...of.person, did: didOf('nobody') },
  ]
  for (const subject of nowhere) assert.equal(await tell({ subject, reasonType: 'other' }), 'NotFound')
  const hostile = [
    { subject: of.place, reasonType: 'because' },
    { subject: of.place },
    { subject: { ...of.place, $type: 'app.waypost.checkin#osmRef' }, reasonType: 'other' },
    { subject: { ...of.place, place: 'x'.repeat(513) }, reasonType: 'other' },
    { subject: { ...of.person, did: 'ana' }, reasonType: 'other' },
    { subject: of.place, reasonType: 'other', reason: 'x'.repeat(2_001) },
    { subject: of.place, reasonType: 'other', reason: { toString: 1 } },
  ]
  for (const input of hostile) assert.equal(await tell(input), 'not allowed by the lexicon', JSON.stringify(input))
  assert.equal(reports.list().length, 4)
  for (let nth = 0; nth < 30; nth++) await tell({ subject: of.place, reasonType: 'other' })
  assert.equal(await tell({ subject: of.place, reasonType: 'other' }), 'RateLimitExceeded')
  await world.advance(3_600_000)
  assert.equal(await tell({ subject: of.place, reasonType: 'other' }), 'taken')
})
