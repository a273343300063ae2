import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJourneys } from '#log/journeys.ts'

const PASSED = { receivedAt: 1, verifiedAt: 2, loggedAt: 3 }

test('an event is known by the stages that it passed here, in any order', () => {
  const journeys = createJourneys(8)
  journeys.projected({ after: 0, through: 2 }, 4)
  journeys.logged(2, PASSED)
  journeys.delivered({ after: 1, through: 2 }, 5)
  assert.deepEqual(journeys.of(1), { projectedAt: 4 })
  assert.deepEqual(journeys.of(2), { ...PASSED, projectedAt: 4, deliveredAt: 5 })
  assert.equal(journeys.of(3), undefined)
})

test('so many of the newest are held, and nothing of an older one stays with a newer', () => {
  const journeys = createJourneys(8)
  journeys.logged(1, PASSED)
  journeys.delivered({ after: 0, through: 1 }, 5)
  journeys.projected({ after: 0, through: 1_000_009 }, 9)
  assert.equal(journeys.of(1), undefined)
  assert.equal(journeys.of(1_000_001), undefined)
  assert.deepEqual(journeys.of(1_000_002), { projectedAt: 9 })
  journeys.logged(1, PASSED)
  assert.deepEqual(journeys.of(1_000_009), { projectedAt: 9 }, 'an old one takes no place')
})

test('what comes a second time changes nothing', () => {
  const journeys = createJourneys(8)
  journeys.logged(5, PASSED)
  journeys.logged(5, { receivedAt: 10, verifiedAt: 10, loggedAt: 10 })
  journeys.delivered({ after: 4, through: 5 }, 5)
  journeys.delivered({ after: 4, through: 5 }, 50)
  assert.deepEqual(journeys.of(5), { ...PASSED, deliveredAt: 5 })
})
