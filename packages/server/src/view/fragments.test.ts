import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  blobOf,
  blocked,
  cafe,
  called,
  checkedIn,
  checkinUri,
  didOf,
  givenEvents,
  removed,
  tell,
  wrote,
  type Step,
} from '#project/given.ts'
import { story, WHO } from '#project/stories.ts'
import { openQueries, type Queries } from '#query/queries.ts'
import type { ReadModel } from '#project/read-model.ts'
import { createFragments } from './fragments.ts'
import { viewCheckins } from './page.ts'
import { EMPTY_DIRECTORY } from '#query/directory/place-port.ts'

const who = fc.constantFrom(...WHO)
const name = fc.constantFrom('one', 'two', 'three')
const label = fc.constantFrom('!hide', '!no-unauthenticated', 'porn')
const labels = (value: string) => ({ $type: 'com.atproto.label.defs#selfLabels', values: [{ val: value }] })

/** What a story of the others' does not tell of: names that change, labels, blocks, photos, many at once. */
const more: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(who, who).map(([author, whom]) => blocked(author, whom)),
  fc.tuple(who, who).map(([author, whom]) => removed(author, 'app.bsky.graph.block', `block ${whom}`)),
  fc.tuple(who, fc.constantFrom('Ana', 'Ölvar', 'ben')).map(([author, displayName]) =>
    wrote(author, 'app.waypost.profile', 'self', (createdAt) => ({
      displayName,
      avatar: blobOf(displayName),
      createdAt,
    })),
  ),
  fc
    .tuple(who, label)
    .map(([author, value]) =>
      wrote(author, 'app.waypost.profile', 'self', (createdAt) => ({ labels: labels(value), createdAt })),
    ),
  who.map((author) => called(author, 'the.one.example')),
  fc.tuple(who, name, label).map(([author, which, value]) =>
    checkedIn(author, which, {
      place: cafe,
      text: 'Moin 🍰',
      photos: [{ image: blobOf(which), alt: 'Ü' }],
      with: [...WHO.map(didOf), didOf('stranger')],
      labels: labels(value),
    }),
  ),
  fc.tuple(who, who, name).map(([author, owner, which]) =>
    wrote(author, 'community.lexicon.interaction.like', `of ${which}`, (createdAt) => ({
      subject: { uri: checkinUri(owner, which), cid: 'bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku' },
      createdAt,
    })),
  ),
)

const standing = WHO.flatMap((author) => ['one', 'two'].map((which) => checkedIn(author, which)))

const openAll = (readModel: ReadModel): Queries => openQueries({ readModel, directory: EMPTY_DIRECTORY })

test('what is written down of check-ins is to the letter what the tables say, to everybody, after everything', () => {
  fc.assert(
    fc.property(
      story,
      fc.array(more, { maxLength: 20 }),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(undefined, 1),
      (steps, others, batch, bytesMax) => {
        const all = others.flatMap((each, nth) => [each, ...steps.slice(nth * 2, nth * 2 + 2)])
        const events = tell([...standing, ...all])
        using model = givenEvents([])
        using queries = openAll(model.readModel)
        const fragments = createFragments(queries, { bytesMax })
        for (let told = 0; told < events.length; told += batch) {
          model.and(events.slice(told, told + batch))
          queries.follow(model.last)
          fragments.follow(model.last)
          using plain = openAll(model.readModel)
          const ids = model.readModel.db.prepare<[], number>('select id from subject order by id').pluck().all()
          for (const viewer of [undefined, ...[...WHO, 'stranger', 'nobody'].map(didOf)]) {
            const expected = JSON.stringify({ feed: viewCheckins(plain, ids, viewer), cursor: 'next' })
            assert.equal(fragments.page({ ids, cursor: 'next' }, viewer).toString(), expected)
          }
          assert.equal(fragments.page({ ids: [], cursor: undefined }, undefined).toString(), '{"feed":[]}')
        }
      },
    ),
    { numRuns: 40 },
  )
})

test('what is held is bounded, and what was forgotten is written again', () => {
  const names = Array.from({ length: 1_200 }, (_, nth) => `visit ${nth}`)
  using model = givenEvents(tell(names.map((each) => checkedIn('ana', each, { text: 'x'.repeat(500) }))))
  using queries = openAll(model.readModel)
  const fragments = createFragments(queries, { bytesMax: 600_000 })
  const ids = model.readModel.db.prepare<[], number>('select id from checkin order by id').pluck().all()
  for (const id of [...ids, ...ids.slice(0, 10)]) {
    const { feed } = JSON.parse(fragments.page({ ids: [id], cursor: undefined }, undefined).toString()) as {
      feed: readonly object[]
    }
    assert.equal(feed.length, 1)
    assert.ok(fragments.held().bytes <= 600_000)
  }
  assert.ok(fragments.held().count < 1_000)
})
