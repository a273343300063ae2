import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, checkedIn, checkinUri, commented, deleted, given, liked, tell } from '#project/given.ts'
import { EMPTY_DIRECTORY } from './directory/place-port.ts'
import { openQueries } from './queries.ts'

test('a check-in that was just folded in shows as its row says, whatever is done to it then', () => {
  const ana = checkinUri('ana', 'first')
  const steps = [
    checkedIn('ana', 'first', { text: 'Hello' }),
    checkedIn('ben', 'second'),
    liked('ben', ana),
    commented('cleo', ana, 'Nice'),
    checkedIn('ana', 'first', { text: 'Hello again' }),
    deleted('ben', 'second'),
    account('ana', 'deactivated'),
    account('ana', 'active'),
  ]
  using story = given()
  using queries = openQueries({ readModel: story.readModel, directory: EMPTY_DIRECTORY })
  for (const [nth, event] of tell(steps).entries()) {
    story.and([event])
    queries.follow(story.last)
    using plain = openQueries({ readModel: story.readModel, directory: EMPTY_DIRECTORY })
    const ids = [1, 2, 3, 4]
    assert.deepEqual(queries.checkins(ids, undefined), plain.checkins(ids, undefined), `step ${nth}`)
  }
})
