import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  account,
  blobOf,
  cafe,
  called,
  checkedIn,
  checkinUri,
  cidOf,
  commented,
  deleted,
  didOf,
  followed,
  given,
  givenEvents,
  liked,
  removed,
  snapshot,
  STORY_START_MS,
  tell,
  uriOf,
  wrote,
} from './given.ts'
import type { Change } from './projection.ts'
import type { ReadModel } from './read-model.ts'

function rows(sql: string) {
  return ({ db }: ReadModel): unknown[] => db.prepare<[], unknown[]>(sql).raw().all()
}

const visibleCheckins = rows(
  `select did, name from checkin join person on person.id = checkin.person left join place on place.id = place
   where checkin.hidden = 0 order by sort`,
)
const counts = rows('select like_count, comment_count from subject join checkin using (id)')
const tally = rows('select checkins, persons, places from tally')
const places = rows('select key, name, checkin_count, person_count from place order by key')
/** Every table that holds anything of a record; people's own rows apart. */
const leftovers = ({ db }: ReadModel): string[] =>
  ['checkin', 'photo', 'checkin_area', 'subject', 'likes', 'comment', 'follow', 'block', 'tip', 'place', 'profile']
    .concat([
      'place_description',
      'place_area',
      'place_record',
      'person_text',
      'place_text',
      'checkin_text',
      'companion',
      'mayorship',
      'acceptance',
      'list',
      'list_item',
      'list_follow',
      'place_link',
      'place_link_count',
    ])
    .filter((table) => db.prepare(`select 1 from ${table} limit 1`).get() !== undefined)

/** What live readers are told. */
function newsOf(changes: readonly Change[]): readonly Change[] {
  return changes.filter((change) => change.kind === 'deletion' || change.isNews)
}

const ana = didOf('ana')
const first = checkinUri('ana', 'first')
const like = 'community.lexicon.interaction.like'

test('a check-in shows with its place', () => {
  using story = given(checkedIn('ana', 'first'))
  story.project(visibleCheckins).shows([[ana, 'Café Mitte']])
  story.project(places).shows([['osm:node/240109189', 'Café Mitte', 1, 1]])
  story.project(tally).shows([[1, 1, 1]])
})

test('a check-in its author deleted leaves nothing', () => {
  using story = given(
    checkedIn('ana', 'first', { photos: [{ image: blobOf('photo'), alt: '' }] }),
    liked('ben', first, 'l'),
    commented('ben', first, 'nice'),
    removed('ben', like, 'l'),
    removed('ben', 'app.waypost.comment', 'nice'),
    deleted('ana', 'first'),
  )
  story.project(leftovers).shows([])
  story.project(tally).shows([[0, 0, 0]])
})

test('an edit replaces the check-in and keeps its id, its likes and its comments', () => {
  const id = rows('select id from checkin')
  using before = given(checkedIn('ana', 'first'), liked('ben', first), commented('ben', first, 'nice'))
  const [row] = before.project(id).value
  using after = given(
    checkedIn('ana', 'first'),
    liked('ben', first),
    commented('ben', first, 'nice'),
    checkedIn('ana', 'first', { place: { ...cafe, name: 'Cafe am Eck' } }),
  )
  after.project(id).shows([row])
  after.project(counts).shows([[1, 1]])
  after.project(places).shows([['osm:node/240109189', 'Cafe am Eck', 1, 1]])
})

test('a record that its lexicon refuses is as if it were absent', () => {
  using story = given(checkedIn('ana', 'first'), checkedIn('ana', 'first', { text: 'x' }, { valid: false }))
  story.project(leftovers).shows([])
})

test('two likes by one person count once, and the second counts on when the first is taken back', () => {
  using twice = given(checkedIn('ana', 'first'), liked('ben', first, 'one'), liked('ben', first, 'two'))
  twice.project(counts).shows([[1, 0]])
  using once = given(
    checkedIn('ana', 'first'),
    liked('ben', first, 'one'),
    liked('ben', first, 'two'),
    removed('ben', like, 'one'),
  )
  once.project(counts).shows([[1, 0]])
  using never = given(
    checkedIn('ana', 'first'),
    liked('ben', first, 'one'),
    liked('ben', first, 'two'),
    removed('ben', like, 'one'),
    removed('ben', like, 'two'),
  )
  never.project(counts).shows([[0, 0]])
})

test('likes and comments that come before their check-in count once it is there', () => {
  using story = given(liked('ben', first), commented('cid', first, 'soon'), checkedIn('ana', 'first'))
  story.project(counts).shows([[1, 1]])
})

test('likes and comments of Anchor and BeaconBits count beside ours', () => {
  const ref = { uri: first, cid: cidOf(Buffer.of()) }
  using story = given(
    checkedIn('ana', 'first'),
    liked('ben', first),
    wrote('cid', 'app.dropanchor.like', 'a', (createdAt) => ({ checkinRef: ref, createdAt })),
    wrote('dan', 'app.beaconbits.beacon.like', 'b', (createdAt) => ({ subject: first, createdAt })),
    wrote('dan', 'app.dropanchor.comment', 'c', (createdAt) => ({ text: 'ahoy', checkinRef: ref, createdAt })),
  )
  story.project(counts).shows([[3, 1]])
})

test('whoever is away is hidden everywhere, and back when they come back', () => {
  const steps = [
    checkedIn('ana', 'first'),
    checkedIn('ben', 'second'),
    liked('ben', first),
    commented('ben', first, 'nice'),
    account('ben', 'deactivated'),
  ]
  using away = given(...steps)
  away.project(visibleCheckins).shows([[ana, 'Café Mitte']])
  away.project(counts).shows([
    [0, 0],
    [0, 0],
  ])
  away.project(places).shows([['osm:node/240109189', 'Café Mitte', 1, 1]])
  away.project(tally).shows([[1, 1, 1]])
  using back = given(...steps, account('ben', 'active'))
  using never = given(...steps.slice(0, 4))
  assert.deepEqual(back.digest(), never.digest())
})

test('what somebody writes while hidden shows when they are back', () => {
  using story = given(account('ana', 'suspended'), checkedIn('ana', 'first'))
  story.project(visibleCheckins).shows([])
  using back = given(account('ana', 'suspended'), checkedIn('ana', 'first'), account('ana', 'active'))
  back.project(visibleCheckins).shows([[ana, 'Café Mitte']])
})

test('a host that throttles or lost sync hides nobody', () => {
  using story = given(checkedIn('ana', 'first'), account('ana', 'throttled'), account('ana', 'desynchronized'))
  story.project(visibleCheckins).shows([[ana, 'Café Mitte']])
})

test('whoever is away for a reason that nobody has heard of is hidden like any other', () => {
  using story = given(checkedIn('ana', 'first'), account('ana', 'under-water'))
  story.project(visibleCheckins).shows([])
})

test('a deleted account leaves its DID and nothing else', () => {
  using story = given(
    called('ana', 'ana.example'),
    wrote('ana', 'app.waypost.profile', 'self', (createdAt) => ({ displayName: 'Ana', createdAt })),
    checkedIn('ana', 'first', { photos: [{ image: blobOf('photo'), alt: '' }] }),
    liked('ana', first),
    commented('ana', first, 'me'),
    followed('ana', 'ben'),
    wrote('ana', 'app.waypost.tip', 'tip', (createdAt) => ({ place: cafe, text: 'go', createdAt })),
    wrote('ana', 'app.waypost.place', 'place', (createdAt) => ({ name: 'Bench', geo: cafe.geo, createdAt })),
    wrote('ana', 'app.waypost.placeLink', 'link', (createdAt) => ({
      place: cafe,
      sameAs: { name: 'Kiosk', geo: cafe.geo },
      createdAt,
    })),
    account('ana', 'deleted'),
  )
  story.project(leftovers).shows([])
  story.project(rows('select did, known, handle, display_name, description, avatar from person')).shows([
    [ana, 0, null, null, null, null],
    [didOf('ben'), 0, null, null, null, null],
  ])
  using nothing = given()
  assert.equal(story.digest().overall, nothing.digest().overall)
})

test('what was heard of a deleted account before its end brings nothing back', () => {
  const events = tell([checkedIn('ana', 'first'), snapshot('ana'), account('ana', 'deleted')])
  using story = givenEvents([...events, ...events.slice(0, 2)])
  using nothing = given()
  assert.equal(story.digest().overall, nothing.digest().overall)
})

test('nor where it is folded from a log that holds nothing of theirs from before the end any more', () => {
  const events = tell([checkedIn('ana', 'first'), snapshot('ana'), account('ana', 'deleted')])
  const end = events.at(-1)!
  using nothing = given()
  for (const late of events.slice(0, 2)) {
    using story = givenEvents([end, late])
    assert.equal(story.digest().overall, nothing.digest().overall, late.kind)
  }
})

test('an echo of a repository does not bring back who went away since', () => {
  const events = tell([checkedIn('ana', 'first'), snapshot('ana'), account('ana', 'deactivated')])
  using story = givenEvents([...events, events[1]!])
  story.project(visibleCheckins).shows([])
})

test('whoever deletes their account and comes back starts anew', () => {
  using story = given(
    checkedIn('ana', 'first'),
    account('ana', 'deleted'),
    account('ana', 'active'),
    checkedIn('ana', 'second'),
  )
  story.project(tally).shows([[1, 1, 1]])
})

test('a repository replaces what was known, and what it does not change keeps its id', () => {
  using story = given(checkedIn('ana', 'first'), checkedIn('ana', 'second'), snapshot('ana'))
  using plain = given(checkedIn('ana', 'first'), checkedIn('ana', 'second'))
  assert.deepEqual(story.digest(), plain.digest())
  assert.equal(story.changes.length, 2)
})

test('a repository brings the edits and the deletions that went by unheard', () => {
  const events = tell([
    checkedIn('ana', 'edited'),
    checkedIn('ana', 'deleted'),
    liked('ana', first),
    checkedIn('ana', 'edited', { place: { ...cafe, name: 'Cafe am Eck' } }),
    deleted('ana', 'deleted'),
    removed('ana', like, `like ${first}`),
    checkedIn('ana', 'new'),
    snapshot('ana'),
  ])
  using whole = givenEvents(events)
  using repaired = givenEvents([...events.slice(0, 3), events.at(-1)!])
  assert.deepEqual(repaired.digest(), whole.digest())
  assert.deepEqual(
    repaired.changes.slice(2).map(({ kind, uri }) => [kind, uri]),
    [
      ['deletion', checkinUri('ana', 'deleted')],
      ['checkin', checkinUri('ana', 'edited')],
      ['checkin', checkinUri('ana', 'new')],
    ],
  )
})

test('the sort time is the earlier of what the author says and the commit', () => {
  using story = given(
    checkedIn('ana', 'past', { createdAt: '2015-05-05T05:05:05+02:00' }),
    checkedIn('ana', 'future', { createdAt: '2099-01-01T00:00:00Z' }),
    checkedIn('ana', 'ancient', { createdAt: '0001-01-01T00:00:00Z' }),
  )
  story
    .project(rows('select sort from checkin order by sort'))
    .shows([[0], [Date.parse('2015-05-05T03:05:05Z')], [STORY_START_MS + 60_500]])
})

test('a visit told afterwards is sorted by when it was, with the time of day there', () => {
  using story = given(
    checkedIn('ana', 'told', { visitedAt: '2026-01-01T01:00:30+09:00' }),
    checkedIn('ana', 'foreseen', { visitedAt: '2030-01-01T00:00:00Z' }),
  )
  story.project(rows('select sort, zone from checkin order by sort')).shows([
    [Date.parse('2025-12-31T16:00:30Z'), 540],
    [STORY_START_MS + 60_000, null],
  ])
})

test('what is told long after, or too much of it at once, is history and no news', () => {
  const flood = Array.from({ length: 35 }, (_, index) =>
    checkedIn('mal', `flood ${index}`, { createdAt: '2026-01-01T00:00:00Z' }),
  )
  using story = given(
    checkedIn('ana', 'imported', { visitedAt: '2012-06-01T12:00:00Z' }),
    checkedIn('ana', 'late', { createdAt: '2025-12-20T12:00:00Z' }),
    ...flood,
    checkedIn('ben', 'today'),
  )
  const ofPerson = 'select did, count(*), sum(live) from checkin join person on person.id = person group by did'
  story.project(rows(`${ofPerson} order by did`)).shows([
    [didOf('ana'), 2, 1],
    [didOf('ben'), 1, 1],
    [didOf('mal'), 35, 30],
  ])
  const news = newsOf(story.changes).map(({ uri }) => uri)
  assert.equal(news.length, 31)
  assert(!news.includes(checkinUri('ana', 'imported')) && !news.includes(checkinUri('ana', 'late')))
})

test('a place is called what most check-ins there call it', () => {
  const named = (name: string) => ({ place: { ...cafe, name } })
  using story = given(
    checkedIn('ana', 'one', named('Good')),
    checkedIn('mal', 'two', named('Bad')),
    checkedIn('ben', 'three', named('Good')),
    checkedIn('mal', 'four', named('Aaa')),
  )
  story.project(places).shows([['osm:node/240109189', 'Good', 4, 3]])
})

test('a place is called otherwise when what was said most is taken back', () => {
  const named = (name: string) => ({ place: { ...cafe, name } })
  const events = tell([
    checkedIn('ana', 'one', named('Good')),
    checkedIn('ben', 'two', named('Good')),
    checkedIn('mal', 'three', named('Bad')),
    deleted('ana', 'one'),
    checkedIn('ana', 'four', named('Good')),
    account('ben', 'deactivated'),
  ])
  const called = [2, 3, 4, 5, 6].map((count) => {
    using story = givenEvents(events.slice(0, count - 1)).and(events.slice(count - 1, count))
    return story.project(rows('select name from place')).value[0]
  })
  assert.deepEqual(called.flat(), ['Good', 'Good', 'Bad', 'Good', 'Bad'])
})

test('a place that somebody described is called what they say', () => {
  const key = uriOf('ana', 'app.waypost.place', 'bench')
  const refs = [{ $type: 'com.atproto.repo.strongRef', uri: key, cid: cidOf(Buffer.of()) }]
  using story = given(
    checkedIn('ben', 'one', { place: { name: 'Throne', refs } }),
    checkedIn('ben', 'two', { place: { name: 'Throne', refs } }),
    wrote('ana', 'app.waypost.place', 'bench', (createdAt) => ({ name: 'Bench', geo: cafe.geo, createdAt })),
  )
  story.project(places).shows([[key, 'Bench', 2, 1]])
})

test('ours comes before the profile of Bluesky, field by field', () => {
  using story = given(
    wrote('ana', 'app.bsky.actor.profile', 'self', () => ({ displayName: 'Ana B', description: 'blue' })),
    wrote('ana', 'app.waypost.profile', 'self', (createdAt) => ({ displayName: 'Ana', createdAt })),
  )
  story.project(rows('select display_name, description from person')).shows([['Ana', 'blue']])
})

test('live readers hear of what appears and of what goes', () => {
  using story = given(
    checkedIn('ana', 'first'),
    checkedIn('ana', 'second'),
    deleted('ana', 'first'),
    account('ana', 'takendown'),
    account('ana', 'active'),
  )
  assert.deepEqual(
    newsOf(story.changes).map(({ position, kind, uri }) => [position, kind, uri]),
    [
      [1, 'checkin', first],
      [2, 'checkin', checkinUri('ana', 'second')],
      [3, 'deletion', first],
      [4, 'deletion', checkinUri('ana', 'second')],
    ],
  )
})

test('of a repository that comes whole only what is new is news', () => {
  using story = given((at) => {
    checkedIn('ana', 'old', { createdAt: '2020-01-01T00:00:00Z' })(at)
    checkedIn('ana', 'new')(at)
    return snapshot('ana')(at)
  })
  assert.deepEqual(
    newsOf(story.changes).map(({ uri }) => uri),
    [checkinUri('ana', 'new')],
  )
  story.project(tally).shows([[2, 1, 1]])
})
