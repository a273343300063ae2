import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@waypost/kernel/sim'
import { MODEL, QUESTIONS, questionAt, ratesAt } from './model.ts'
import { drawQuestion, gatherMaterial, type Material } from './questions.ts'

const PLACE = { latitude: '40.75', longitude: '-73.98' }

/** A server that shows three pages of a hundred check-ins. */
async function shown(path: string, cookie?: string): Promise<unknown> {
  const page = Number(new URL(path, 'http://server').searchParams.get('cursor') ?? 0)
  const feed = Array.from({ length: 100 }, (_, nth) => ({
    uri: `at://did:plc:p${nth % 7}/app.waypost.checkin/${page}-${nth}`,
    author: { did: `did:plc:p${nth % 7}` },
    place: { id: `place:${nth % 20}`, name: 'Blue Door Cafe', ...(nth !== 0 && { geo: PLACE }) },
  }))
  return { feed, ...(page < 2 && cookie === undefined && { cursor: String(page + 1) }) }
}

const material = await gatherMaterial(shown, ['waypost=a', 'waypost=b'])

test('the shares are all there is, and questions come in their proportions', () => {
  const sum = QUESTIONS.reduce((total, { share }) => total + share, 0)
  assert.ok(Math.abs(sum - 1) < 1e-9, `they come to ${sum}`)
  const random = seededRandom(3)
  const count = 50_000
  const asked = Array.from({ length: count }, () => drawQuestion(material, random))
  for (const { name, share } of QUESTIONS) {
    const found = asked.filter((each) => each.name === name).length / count
    assert.ok(Math.abs(found - share) < 4 * Math.sqrt((share * (1 - share)) / count), `${name}: ${found}`)
  }
  const others = asked.filter(({ name }) => !name.startsWith('timeline'))
  const signedIn = others.filter(({ cookie }) => cookie !== undefined).length / others.length
  assert.ok(Math.abs(signedIn - MODEL.signedInShare) < 0.01, `${signedIn} are signed in`)
  assert.equal(questionAt(0), QUESTIONS[0].name)
  assert.equal(questionAt(0.999_999_999_999_999_9), QUESTIONS.at(-1)!.name)
})

test('check-ins and live readers go with the questions as the model says', () => {
  assert.deepEqual(ratesAt(1_000), { readsPerSecond: 1_000, checkinsPerSecond: 20, followers: 200 })
})

test('what is asked about is what the server shows, and whoever asks for what friends did is signed in', () => {
  assert.equal(material.checkins.length, 3 * 99)
  assert.deepEqual(material.cursors, ['1', '2'])
  const random = seededRandom(5)
  for (let nth = 0; nth < 5_000; nth++) {
    const { name, path, cookie } = drawQuestion(material, random)
    const { pathname, searchParams } = new URL(path, 'http://server')
    assert.match(pathname, /^\/xrpc\/app\.waypost\.(feed|place|actor)\.[a-zA-Z]+$/)
    if (name === 'timeline') assert.match(cookie!, /^waypost=[ab]$/)
    if (name !== 'map') continue
    const [north, south, east, west] = ['north', 'south', 'east', 'west'].map((side) => Number(searchParams.get(side)))
    assert.ok(north! > south! && east! > west! && Math.abs(north! - 40.75) < 1 && Math.abs(west! + 73.98) < 1, path)
  }
})

test('without anybody signed in, everybody reads the feed of all; without check-ins there is nothing to ask', async () => {
  const nobody: Material = await gatherMaterial(shown, [])
  const random = seededRandom(5)
  for (let nth = 0; nth < 500; nth++) {
    const { path, cookie } = drawQuestion(nobody, random)
    assert.equal(cookie, undefined)
    assert.doesNotMatch(path, /getTimeline/)
  }
  await assert.rejects(
    gatherMaterial(async () => ({ feed: [] }), []),
    /no check-ins/,
  )
})
