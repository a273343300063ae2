import type { Random } from '@waypost/kernel'
import type { Dataset, Venue, Visit } from './dataset.ts'

/**
 * What real check-ins are like, in quantiles at 0, 50, 90, 99 and 100 %, between which is interpolated by the logarithm:
 * Gowalla in New York (Cho, Myers and Leskovec, KDD 2011).
 */
export const CALIBRATION = {
  checkinsPerPerson: [1, 5, 40, 240, 1_794],
  checkinsPerPlace: [1, 3, 12, 56, 1_680],
  friendsPerPerson: [1, 2, 14, 66, 441],
} as const
const QUANTILES = [0, 0.5, 0.9, 0.99, 1]

const START_MS = Date.UTC(2025, 0, 1)
const SPAN_MS = 300 * 86_400_000
/** Around a town: degrees. */
const CENTRE = { latitude: 40.75, longitude: -73.98 }
const SPREAD_DEGREES = 0.12
const BEFORE = ['Blue', 'Little', 'Old', 'Corner', 'Golden', 'North', 'Green', 'Quiet', 'Second', 'Harbour']
const MIDDLE = ['Door', 'Owl', 'Lantern', 'Bridge', 'Garden', 'Anchor', 'Mill', 'Window', 'Fox', 'Station']
const KINDS = [
  ['Cafe', 'food.cafe'],
  ['Kitchen', 'food.restaurant'],
  ['Bar', 'nightlife.bar'],
  ['Park', 'outdoors.park'],
  ['Museum', 'arts.museum'],
] as const

/** A made-up dataset of the proportions of a real one, where there is none. The same arguments give the same one. */
export function calibratedDataset(options: {
  readonly people: number
  readonly checkins: number
  readonly random: Random
}): Dataset {
  const { people, checkins, random } = options
  const draw = (quantiles: readonly number[]): number => quantileAt(quantiles, random.fraction())
  const busy = Array.from({ length: people }, () => draw(CALIBRATION.checkinsPerPerson)).toSorted((a, b) => b - a)
  const personAt = byWeight(busy, random)
  const venues = venuesFor(checkins, draw, random)
  const venueAt = byWeight(
    venues.map(({ weight }) => weight),
    random,
  )
  const visits = Array.from({ length: checkins }, (): Visit => {
    const at = START_MS + Math.floor(random.fraction() * SPAN_MS)
    return { person: personAt(), at, venue: venues[venueAt()]!.venue }
  }).toSorted((a, b) => a.at - b.at || a.person - b.person)
  const counts = new Uint32Array(people)
  for (const { person } of visits) counts[person]!++
  return {
    people: Array.from(counts, (count, number) => ({ user: String(number), visits: count })),
    visits,
    friends: friendsAmong(people, draw, random),
    refused: new Map(),
  }
}

/** So many places that check-ins at each are as the calibration says, most of them near the middle of the town. */
function venuesFor(checkins: number, draw: (quantiles: readonly number[]) => number, random: Random) {
  const venues: { readonly venue: Venue; readonly weight: number }[] = []
  const off = (): number => (random.fraction() + random.fraction() - 1) * SPREAD_DEGREES
  for (let left = checkins; left > 0;) {
    const weight = draw(CALIBRATION.checkinsPerPlace)
    const number = venues.length
    const [kind, category] = KINDS[number % KINDS.length]!
    const name = `${BEFORE[number % 10]} ${MIDDLE[Math.floor(number / 10) % 10]} ${kind} ${Math.floor(number / 100)}`
    const latitude = (CENTRE.latitude + off()).toFixed(6)
    const longitude = (CENTRE.longitude + off()).toFixed(6)
    venues.push({ venue: { name, latitude, longitude, category }, weight })
    left -= weight
  }
  return venues
}

/** Everybody holds out as many hands as they have friends; each takes any other, but nobody their own, or the same twice. */
function friendsAmong(people: number, draw: (quantiles: readonly number[]) => number, random: Random) {
  const hands: number[] = []
  for (let person = 0; person < people; person++) {
    for (let left = Math.round(draw(CALIBRATION.friendsPerPerson)); left > 0; left--) hands.push(person)
  }
  for (let at = hands.length - 1; at > 0; at--) {
    const other = Math.floor(random.fraction() * (at + 1))
    ;[hands[at], hands[other]] = [hands[other]!, hands[at]!]
  }
  const friends = new Map<string, readonly [number, number]>()
  for (let at = 0; at + 1 < hands.length; at += 2) {
    const [a, b] = [Math.min(hands[at]!, hands[at + 1]!), Math.max(hands[at]!, hands[at + 1]!)]
    if (a !== b) friends.set(`${a} ${b}`, [a, b])
  }
  return [...friends.values()]
}

function quantileAt(values: readonly number[], share: number): number {
  const above = Math.max(
    1,
    QUANTILES.findIndex((each) => each >= share),
  )
  const [low, high] = [values[above - 1]!, values[above]!]
  const part = (share - QUANTILES[above - 1]!) / (QUANTILES[above]! - QUANTILES[above - 1]!)
  return low * (high / low) ** part
}

/** Draws indices, each as often as its weight says. */
function byWeight(weights: readonly number[], random: Random): () => number {
  const sums = new Float64Array(weights.length)
  let total = 0
  for (const [at, weight] of weights.entries()) sums[at] = total += weight
  return () => {
    const wanted = random.fraction() * total
    let [low, high] = [0, sums.length - 1]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (sums[middle]! <= wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}
