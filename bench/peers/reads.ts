import { isDeepStrictEqual } from 'node:util'
import type { GeneratedPerson } from '../../packages/load/src/index.ts'
import { ask, load, type Request } from '../feeds/load.ts'
import type { Network, Telling } from './material.ts'
import { cpuSecondsOf } from '../proc.ts'
import type { Side } from './sides.ts'

/**
 * How a page is asked for. `made`: with a parameter that was never there before, so that it has to be made; `held`: as
 * clients ask, so that it may lie ready; `token`: as somebody's PDS asks, by a token that was never there before.
 */
export type Way = 'made' | 'held' | 'token'

const PAGE = 50
const COMPARED = 8
const TOKEN_SECONDS = 120
/** What a side answers a CPU second, about; the first round finds out. */
const GUESS: Readonly<Record<Telling, number>> = { waypost: 1_000, bsky: 30 }

/** Throws where the two don't say the same on a page of anybody's. Answers how many pages were looked at. */
export async function comparePages(sides: readonly Side[], { people }: Network): Promise<number> {
  for (let nth = 0; nth < COMPARED; nth++) {
    const person = Math.floor((nth * people.length) / COMPARED)
    const pages: (readonly string[])[] = []
    for (const side of sides) pages.push(side.textsIn((await ask(side.port, side.timeline(person))).body))
    if (pages[0]!.length !== PAGE) throw new Error(`a timeline has ${pages[0]!.length} items, not ${PAGE}`)
    if (!isDeepStrictEqual(pages[0], pages[1])) throw new Error(`the timelines of person ${person} differ`)
  }
  return COMPARED
}

/** Some seconds of reading for each side, so that what runs often is compiled: a server does the same all day. */
export async function warmUp(sides: readonly Side[], { people }: Network, seconds: number): Promise<void> {
  for (const side of sides) {
    const count = Math.ceil(GUESS[side.name] * seconds)
    await load(side.port, await requestsOf(side, people, { way: 'made', count }), { count })
  }
}

/** Pages a CPU second of each side, by turns; one answer a round. The first round warms up and is not among them. */
export async function timeReads(
  sides: readonly Side[],
  { people }: Network,
  { way, rounds, seconds }: { way: Way; rounds: number; seconds: number },
): Promise<Readonly<Record<Telling, readonly number[]>>> {
  const rates: Record<Telling, number[]> = { waypost: [], bsky: [] }
  const guess: Record<Telling, number> = { ...GUESS }
  for (let round = 0; round <= rounds; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const count = Math.ceil(guess[side.name] * seconds)
      const requests = await requestsOf(side, people, { way, count })
      const cpu = cpuSecondsOf(side.pids)
      await load(side.port, requests, { count })
      const perSecond = count / Math.max(0.01, cpuSecondsOf(side.pids) - cpu)
      guess[side.name] = perSecond
      if (round > 0) rates[side.name].push(perSecond)
    }
  }
  return rates
}

let fresh = 0

async function requestsOf(
  side: Side,
  people: readonly GeneratedPerson[],
  { way, count }: { way: Way; count: number },
): Promise<readonly Request[]> {
  if (way === 'held') return people.map((_, person) => side.timeline(person))
  const requests: Request[] = []
  for (let nth = 0; nth < count; nth++) {
    const person = nth % people.length
    const { path, headers } = side.timeline(person)
    const once = `${path}&fresh=${++fresh}`
    if (way === 'made') requests.push({ path: once, headers })
    else requests.push({ path, headers: { authorization: `Bearer ${await tokenFor(side, people[person]!)}` } })
  }
  return requests
}

/** As a PDS makes it for one request to this service. */
async function tokenFor({ service }: Side, { did, key }: GeneratedPerson): Promise<string> {
  const now = Math.floor(Date.now() / 1_000)
  const claims = { iss: did, aud: service.did, lxm: service.timeline, iat: now, exp: now + TOKEN_SECONDS }
  const parts = [
    { typ: 'JWT', alg: key.curve === 'k256' ? 'ES256K' : 'ES256' },
    { ...claims, jti: `${process.pid}-${++fresh}` },
  ]
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${Buffer.from(await key.sign(Buffer.from(signed))).toString('base64url')}`
}
