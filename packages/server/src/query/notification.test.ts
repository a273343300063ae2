import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  account,
  cafe,
  checkedIn,
  checkinUri,
  commented,
  didOf,
  followed,
  given,
  givenEvents,
  liked,
  refOf,
  removed,
  stayed,
  STORY_START_MS,
  tell,
  uriOf,
  wrote,
  type Step,
} from '#project/given.ts'
import { story } from '#project/stories.ts'
import { SOURCES } from './notification.ts'
import { openQueries, type Queries } from './queries.ts'
import { EMPTY_DIRECTORY } from './directory/place-port.ts'

const DAY = 86_400_000
const visit = checkinUri('ana', 'visit')

function told(steps: readonly Step[], who = 'ana', now = STORY_START_MS + 3_600_000): readonly unknown[] {
  using model = given(...steps)
  using queries = opened(model.readModel)
  return all(queries, who, now).map(({ kind, author }) => `${kind} ${author.did.slice(8, 11)}`)
}

function opened(readModel: Parameters<typeof openQueries>[0]['readModel']): Queries {
  return openQueries({ readModel, directory: EMPTY_DIRECTORY })
}

function all(queries: Queries, who: string, now: number, limit = 50) {
  const person = queries.personByDid(didOf(who))
  if (person === undefined) return []
  const notices = []
  let cursor: string | undefined
  do {
    const page = queries.notifications(person, { limit, cursor, now })
    assert(page.ok)
    notices.push(...page.value.notices)
    cursor = page.value.cursor
  } while (cursor !== undefined)
  return notices
}

test('likes, comments, answers and follows are told, newest first, and one’s own are not', () => {
  const remark = commented('ana', visit, 'Mine')
  const steps = [
    checkedIn('ana', 'visit'),
    liked('ben', visit),
    liked('ana', visit),
    commented('cid', visit, 'Nice'),
    remark,
    followed('ben', 'ana'),
    wrote('dea', 'app.waypost.comment', 'answer', (createdAt) => ({
      subject: refOf(visit),
      text: 'Yes',
      reply: refOf(uriOf('ana', 'app.waypost.comment', 'Mine')),
      createdAt,
    })),
  ]
  assert.deepEqual(told(steps), ['reply dea', 'follow ben', 'comment cid', 'like ben'])
  assert.deepEqual(
    told([...steps, removed('ben', 'app.bsky.graph.follow', 'follow ana'), account('cid', 'deactivated')]),
    ['reply dea', 'like ben'],
  )
})

test('whoever is named is asked, and whoever named them hears the answer', () => {
  const named = [checkedIn('ben', 'with'), checkedIn('ana', 'visit', { with: [didOf('ben')] })]
  assert.deepEqual(told(named, 'ben'), ['tag ana'])
  const agreed = [
    ...named,
    wrote('ben', 'app.waypost.companion', 'yes', (createdAt) => ({ subject: refOf(visit), createdAt })),
  ]
  assert.deepEqual(told(agreed), ['tag-accepted ben'])
})

test('a crown that changes heads is told to both; a first one is no news', () => {
  const day = (before: number): number => STORY_START_MS - before * DAY
  const steps = [stayed('ana', cafe, day(9)), stayed('ben', cafe, day(8)), stayed('ben', cafe, day(7))]
  assert.deepEqual(told(steps), ['mayor-lost ben'])
  assert.deepEqual(told(steps, 'ben'), ['mayor-won ana'])
})

test('two friends at one place within two hours are told of each other, for two hours', () => {
  const steps = [
    followed('ana', 'ben'),
    followed('ben', 'ana'),
    followed('ana', 'cid'),
    checkedIn('ana', 'a'),
    checkedIn('ben', 'b'),
    checkedIn('cid', 'c'),
  ]
  const now = STORY_START_MS + 3_600_000
  const here = (when: number) => told(steps, 'ana', when).filter((line) => String(line).startsWith('friend-here'))
  assert.deepEqual(here(now), ['friend-here ben'])
  assert.deepEqual(here(now + 3 * 3_600_000), [])
})

test('page by page it is the same as at once, nothing twice', () => {
  fc.assert(
    fc.property(story, fc.integer({ min: 1, max: 3 }), (steps, limit) => {
      using model = givenEvents(tell(steps))
      using queries = opened(model.readModel)
      const now = STORY_START_MS + 3_600_000
      for (const who of ['ana', 'ben']) {
        const whole = all(queries, who, now).map(({ key }) => key)
        assert.deepEqual(
          all(queries, who, now, limit).map(({ key }) => key),
          whole,
        )
        assert.equal(new Set(whole).size, whole.length)
      }
    }),
    { numRuns: 25 },
  )
})

test('what many may do to one person comes from an index in order, and is not sorted', () => {
  using model = given(checkedIn('ana', 'visit'))
  for (const kind of ['like', 'comment', 'reply', 'follow'] as const) {
    const plan = model.readModel.db
      .prepare<object, { detail: string }>(`explain query plan ${SOURCES[kind]}`)
      .all({ me: 1, sort: 1, person: 1, tie: 1, limit: 1 })
      .map(({ detail }) => detail)
      .join(', ')
    assert.match(plan, /^SEARCH \w+ USING (COVERING )?INDEX /, kind)
    assert.doesNotMatch(plan, /FOR ORDER BY|SCAN/, `${kind}: ${plan}`)
  }
})

test('a friend who is here stays the same notice when one checks in once more', () => {
  const steps = [followed('ana', 'ben'), followed('ben', 'ana'), checkedIn('ben', 'b'), checkedIn('ana', 'a')]
  const here = (...more: readonly Step[]) => {
    using model = given(...steps, ...more)
    using queries = opened(model.readModel)
    return all(queries, 'ana', STORY_START_MS + 3_600_000)
      .filter(({ kind }) => kind === 'friend-here')
      .map(({ key }) => key)
  }
  assert.equal(here().length, 1)
  assert.deepEqual(here(checkedIn('ana', 'again')), here())
})
