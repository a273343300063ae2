import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ok, type Result } from '@waypost/kernel'
import { cafe, called, checkedIn, didOf, followed, givenEvents, removed, tell, type Step } from '#project/given.ts'
import type { ReadModel } from '#project/read-model.ts'
import { story, WHO } from '#project/stories.ts'
import { openQueries } from '#query/queries.ts'
import { createFragments } from '#view/fragments.ts'
import { detail, standing } from '#view/stories.ts'
import { Written, type ReadContext, type XrpcFault } from './handler.ts'
import { createHeldPages } from './held-pages.ts'
import { getActor } from './xrpc/feed/getActor.ts'
import { getFriendsLatest } from './xrpc/feed/getFriendsLatest.ts'
import { getGlobal } from './xrpc/feed/getGlobal.ts'
import { getNearby } from './xrpc/feed/getNearby.ts'
import { getPlace } from './xrpc/feed/getPlace.ts'
import { getTimeline } from './xrpc/feed/getTimeline.ts'
import { EMPTY_DIRECTORY } from '#query/directory/place-port.ts'

const { latitude, longitude } = cafe.geo
const circle = { latitude, longitude, radius: 1_000 }

type Answer = Result<unknown, XrpcFault>
const FEEDS: Readonly<Record<string, (context: ReadContext) => Answer>> = {
  timeline: (context) => getTimeline({ limit: 4 }, context),
  friends: (context) => getFriendsLatest({ limit: 4 }, context),
  global: (context) => getGlobal({ limit: 3 }, context),
  photos: (context) => getGlobal({ limit: 5, photos: true }, context),
  nearby: (context) => getNearby({ limit: 4, ...circle }, context),
  place: (context) => getPlace({ limit: 4, place: 'osm:node/240109189' }, context),
  actor: (context) => getActor({ limit: 4, actor: didOf('ana') }, context),
  handle: (context) => getActor({ limit: 4, actor: 'the.one.example' }, context),
}

const openAll = (readModel: ReadModel) => openQueries({ readModel, directory: EMPTY_DIRECTORY })

const who = fc.constantFrom(...WHO)
const follows: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(who, who).map(([author, whom]) => followed(author, whom)),
  fc.tuple(who, who).map(([author, whom]) => removed(author, 'app.bsky.graph.follow', `follow ${whom}`)),
)

const textOf = (result: Answer): string => JSON.stringify(result.ok ? result.value : result.error)

test('a page that is held is what the tables say, to everybody, after everything', () => {
  fc.assert(
    fc.property(
      story,
      fc.array(fc.oneof(detail, follows), { maxLength: 20 }),
      fc.record({ batch: fc.integer({ min: 1, max: 3 }), bytesMax: fc.constantFrom(undefined, 30_000) }),
      (steps, others, { batch, bytesMax }) => {
        const all = others.flatMap((each, nth) => [each, ...steps.slice(nth * 2, nth * 2 + 2)])
        const events = tell([...standing, ...all])
        using model = givenEvents([])
        using queries = openAll(model.readModel)
        const fragments = createFragments(queries)
        const pages = createHeldPages({ bytesMax })
        for (let told = 0; told < events.length; told += batch) {
          model.and(events.slice(told, told + batch))
          queries.follow(model.last)
          fragments.follow(model.last)
          pages.follow()
          using plain = openAll(model.readModel)
          const plainFragments = createFragments(plain)
          for (const viewer of [undefined, ...WHO.map(didOf)]) {
            for (const [url, answer] of Object.entries(FEEDS)) {
              const asked = { viewer, now: 0 }
              const expected = textOf(answer({ queries: plain, fragments: plainFragments, ...asked }))
              const ask = () => answer({ queries, fragments, ...asked })
              const held = pages.get({ viewer, url })
              const given = held ? ok(JSON.parse(held.bytes.toString())) : ask()
              assert.equal(textOf(given), expected, `${url} for ${viewer}`)
              if (given.ok && given.value instanceof Written) {
                pages.hold({ viewer, url }, given.value, () => {
                  const again = ask()
                  return again.ok && again.value instanceof Written ? again.value : undefined
                })
              }
            }
          }
          assert.ok(pages.held().bytes <= (bytesMax ?? Infinity))
        }
      },
    ),
    { numRuns: 20 },
  )
})

test('what is asked for twice is held, within bounds: those go that nobody asked for the longest', () => {
  using model = givenEvents(tell([checkedIn('ana', 'one')]))
  using queries = openAll(model.readModel)
  const fragments = createFragments(queries)
  const pages = createHeldPages({ bytesMax: 50_000 })
  const ask = () => {
    const answer = getGlobal({ limit: 1 }, { queries, fragments, viewer: undefined, now: 0 })
    return answer.ok && answer.value instanceof Written ? answer.value : undefined
  }
  const isHeld = (url: string) => pages.get({ viewer: undefined, url }) !== undefined
  const answerTwice = (url: string) => {
    for (let nth = 0; nth < 2; nth++) pages.hold({ viewer: undefined, url }, ask()!, ask)
  }
  pages.hold({ viewer: undefined, url: '/once' }, ask()!, ask)
  assert.ok(!isHeld('/once'))
  for (let nth = 0; nth < 20; nth++) {
    answerTwice(`/${nth}`)
    assert.ok(isHeld('/0'), 'asked for all the time')
    assert.ok(pages.held().bytes <= 50_000)
  }
  assert.ok(!isHeld('/1'))
  assert.ok(isHeld('/19'))
  const long = `/${'x'.repeat(1_000)}`
  answerTwice(long)
  assert.ok(!isHeld(long))
})

test('what is held of a page, and of a compressed one, is as large as it is', async () => {
  const pages = createHeldPages()
  const small = (): Written<unknown> => new Written(Buffer.from('{"feed":[]}'), () => true)
  const question = { viewer: undefined, url: '/xrpc/small' }
  for (let nth = 0; nth < 2; nth++) pages.hold(question, small(), small)
  const page = pages.get(question)!
  const packed = await page.packed('gzip', async (bytes) => Buffer.from(bytes))
  for (const { buffer, length } of [page.bytes, packed]) assert.equal(buffer.byteLength, length)
})

test('a page that names somebody says so as they are called now', () => {
  using model = givenEvents(
    tell([called('ben', 'ben.example'), checkedIn('ana', 'one', { place: cafe, with: [didOf('ben')] })]),
  )
  using queries = openAll(model.readModel)
  const fragments = createFragments(queries)
  const pages = createHeldPages()
  const question = { viewer: didOf('ana'), url: '/' }
  const ask = () => {
    const answer = getGlobal({ limit: 1 }, { queries, fragments, viewer: question.viewer, now: 0 })
    return answer.ok && answer.value instanceof Written ? answer.value : undefined
  }
  for (let nth = 0; nth < 2; nth++) pages.hold(question, ask()!, ask)
  const textOfPage = () => pages.get(question)!.bytes.toString()
  assert.match(textOfPage(), /ben\.example/)
  model.and([{ ...tell([called('ben', 'benno.example')])[0]! }])
  queries.follow(model.last)
  fragments.follow(model.last)
  pages.follow()
  assert.match(textOfPage(), /benno\.example/)
})
