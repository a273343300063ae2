import assert from 'node:assert/strict'
import { test } from 'node:test'
import { app } from '@waypost/lexicon'
import { blocked, cafe, called, checkedIn, stayed, STORY_START_MS, wrote, type Step } from '#project/given.ts'
import { get } from './place/get.ts'
import { getPlace } from './feed/getPlace.ts'
import { answer, serving } from './given-server.ts'

/** A kiosk that only check-ins know, beside the café. */

const kiosk = { name: 'Kiosk', geo: cafe.geo }
const [CAFE, KIOSK] = ['osm:node/240109189', 'geo:52.520,13.405/kiosk']
const was = (who: string): Step => stayed(who, cafe, STORY_START_MS - 3_600_000)
const says = (who: string): Step =>
  wrote(who, 'app.waypost.placeLink', 'link', (createdAt) => ({ place: kiosk, sameAs: cafe, createdAt }))
const seen = [called('ana', 'ana.example'), checkedIn('dan', 'there', { place: kiosk }), was('ana'), says('ana')]

function pageOf(steps: readonly Step[], place: string, viewer?: string) {
  using server = serving(...steps)
  const context = server.as(viewer)
  const page = answer(app.waypost.place.get.main, get({ place }, context))
  const { feed } = answer(app.waypost.feed.getPlace.main, getPlace({ place, limit: 10 }, context))
  return { id: page.place.id, links: page.links, visits: feed.length }
}

test('a page tells how many say that it is another place too, and how many it takes', () => {
  const link = { personCount: 1, neededCount: 3, isBelieved: false }
  const { links, visits } = pageOf(seen, CAFE)
  assert.deepEqual(
    links?.map(({ place, ...said }) => [place.id, place.name, said]),
    [[KIOSK, 'Kiosk', link]],
  )
  assert.equal(visits, 1)
  assert.equal(pageOf(seen, CAFE, 'ana').links?.[0]?.viewerSaysSo, true)
  assert.equal(pageOf(seen, CAFE, 'dan').links?.[0]?.viewerSaysSo, false)
  assert.equal(pageOf(seen.slice(0, -1), CAFE).links, undefined)
})

test('once enough say so both ids have one page with one feed, for whoever blocks one of them too', () => {
  const enough = [...seen, ...['ben', 'cid'].flatMap((who) => [was(who), says(who)])]
  for (const id of [CAFE, KIOSK]) {
    const { links, ...page } = pageOf(enough, id)
    assert.deepEqual([page, links?.[0]?.isBelieved, links?.[0]?.personCount], [{ id: CAFE, visits: 4 }, true, 3])
  }
  const { id, visits } = pageOf([...enough, blocked('eve', 'cid')], KIOSK, 'eve')
  assert.deepEqual([id, visits], [CAFE, 3])
})
