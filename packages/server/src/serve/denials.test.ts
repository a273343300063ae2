import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { checkedIn, checkinUri, didOf, given, refOf, wrote, type Step } from '#project/given.ts'
import { openQueries, type Queries } from '#query/queries.ts'
import { createFragments } from '#view/fragments.ts'
import { viewNotices } from '#view/notification.ts'
import { viewCheckins } from '#view/page.ts'
import { openDenials } from './denials.ts'
import { givenPrivate } from './given-private.ts'
import { EMPTY_DIRECTORY } from '#query/directory/place-port.ts'

const visit = checkinUri('ana', 'visit')
const ben = didOf('ben')
const named: readonly Step[] = [checkedIn('ben', 'own'), checkedIn('ana', 'visit', { with: [ben, didOf('cid')] })]
const agreed: Step = wrote('ben', 'app.waypost.companion', 'yes', (createdAt) => ({ subject: refOf(visit), createdAt }))

/** Whom each of them sees named there, and whether the one who is named is still asked. */
function seen(queries: Queries) {
  const id = queries.checkinId(visit)!
  const namesFor = (viewer: string) => {
    const views = viewCheckins(queries, [id], didOf(viewer))
    const page = createFragments(queries).page({ ids: [id], cursor: undefined }, didOf(viewer))
    assert.deepEqual(JSON.parse(page.bytes.toString()), JSON.parse(JSON.stringify({ feed: views })))
    return views[0]?.with?.map(({ did }) => did)
  }
  const page = queries.notifications(queries.personByDid(ben)!, { limit: 10, now: 0 })
  assert(page.ok)
  const tags = viewNotices(queries, page.value.notices, { viewer: ben, seenMs: 0 }).filter(({ kind }) => kind === 'tag')
  return { ana: namesFor('ana'), ben: namesFor('ben'), asked: tags.length }
}

const ignored = { changed: () => {} }

test('whoever says that they were not there is named to nobody, and not asked again', async () => {
  await using own = await givenPrivate(simWorld())
  const denials = openDenials(own.kept, ignored)
  using model = given(...named)
  const directory = EMPTY_DIRECTORY
  using queries = openQueries({ readModel: model.readModel, directory, denials })
  const before = seen(queries)
  assert.deepEqual(before, { ana: [ben, didOf('cid')], ben: [ben], asked: 1 })
  assert.equal(await denials.add(ben, visit), true)
  const after = { ana: [didOf('cid')], ben: undefined, asked: 0 }
  assert.deepEqual(seen(queries), after)
  using later = openQueries({ readModel: model.readModel, directory, denials: openDenials(own.kept, ignored) })
  assert.deepEqual(seen(later), after)
  await denials.delete(ben, visit)
  assert.deepEqual(seen(queries), before)
})

test('what somebody agreed to in public counts, whatever they denied here', async () => {
  await using own = await givenPrivate(simWorld())
  const denials = openDenials(own.kept, ignored)
  await denials.add(ben, visit)
  using model = given(...named, agreed)
  using queries = openQueries({
    readModel: model.readModel,
    directory: EMPTY_DIRECTORY,
    denials,
  })
  assert.deepEqual(seen(queries).ben, [ben])
})

test('nobody denies without end', async () => {
  await using own = await givenPrivate(simWorld())
  const denials = openDenials(own.kept, ignored)
  for (let nth = 0; nth < 1_000; nth++) assert.equal(await denials.add(ben, checkinUri('ana', String(nth))), true)
  assert.equal(await denials.add(ben, checkinUri('ana', 'more')), false)
  assert.equal(await denials.add(ben, checkinUri('ana', '7')), true)
  assert.equal(await denials.add(didOf('cid'), checkinUri('ana', 'more')), true)
})

test('whoever holds answers is told of each denial, and of each that is taken back', async () => {
  let changes = 0
  await using own = await givenPrivate(simWorld())
  const denials = openDenials(own.kept, { changed: () => void changes++ })
  await denials.add(ben, visit)
  assert.equal(changes, 1)
  await denials.delete(ben, visit)
  assert.equal(changes, 2)
  await denials.delete(ben, visit)
  assert.equal(changes, 2)
})

test('what is denied at one replica is denied at another within a second, and so is thinking better of it', async () => {
  const world = simWorld()
  await using own = await givenPrivate(world)
  await using theirs = await givenPrivate(world, own.engine)
  using one = openDenials(own.kept, ignored)
  let changes = 0
  using other = openDenials(theirs.kept, { changed: () => void changes++ })
  await one.add(ben, visit)
  await world.advance(1_000)
  assert.deepEqual([other.has(ben, visit), changes], [true, 1])
  await world.advance(10_000)
  await other.delete(ben, visit)
  await world.advance(1_000)
  assert.deepEqual([one.has(ben, visit), changes], [false, 2])
})
