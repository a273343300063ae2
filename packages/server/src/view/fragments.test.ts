import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkedIn, didOf, givenEvents, tell } from '#project/given.ts'
import { story, WHO } from '#project/stories.ts'
import { openQueries, type Queries } from '#query/queries.ts'
import type { ReadModel } from '#project/read-model.ts'
import { createFragments } from './fragments.ts'
import { viewCheckins } from './page.ts'
import { detail, standing } from './stories.ts'
import { EMPTY_DIRECTORY } from '#query/directory/place-port.ts'

const openAll = (readModel: ReadModel): Queries => openQueries({ readModel, directory: EMPTY_DIRECTORY })

test('what is written down of check-ins is to the letter what the tables say, to everybody, after everything', () => {
  fc.assert(
    fc.property(
      story,
      fc.array(detail, { maxLength: 20 }),
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
            const feed = viewCheckins(plain, ids, viewer)
            const expected = JSON.stringify({ feed, cursor: 'next' })
            assert.equal(fragments.page({ ids, cursor: 'next' }, viewer).bytes.toString(), expected)
            const uris = fragments.uris(ids, viewer)
            assert.deepEqual(
              [...uris.values()],
              feed.map(({ uri }) => uri),
            )
            for (const [id, uri] of uris) assert.equal(plain.checkinId(uri), id)
          }
          assert.equal(fragments.page({ ids: [], cursor: undefined }, undefined).bytes.toString(), '{"feed":[]}')
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
    const { feed } = JSON.parse(fragments.page({ ids: [id], cursor: undefined }, undefined).bytes.toString()) as {
      feed: readonly object[]
    }
    assert.equal(feed.length, 1)
    assert.ok(fragments.held().bytes <= 600_000)
  }
  assert.ok(fragments.held().count < 1_000)
})
