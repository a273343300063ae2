import { setTimeout as sleep } from 'node:timers/promises'
import type { Message } from '../../packages/load/src/index.ts'
import { median } from '../feeds/cost.ts'
import { until } from './indexed.ts'
import type { Network, Saying, Teller, Telling } from './material.ts'
import type { Side } from './sides.ts'

/** Between two commits at random, so that no timer of a server is always at the same point. */
const REST_MS_MAX = 40
const FIRST_DELAY_MS = 24
const FIRST_STEP_MS = 8
const STEP_MS_MIN = 1
/** Until the record of one commit is there, before the next one. */
const LOOK_AGAIN_MS = 20
const VISIBLE_MS_MAX = 20_000
/** Of each side. */
const TURNS = 4

/** How long after a commit one has to ask, narrowed down from one commit to the next. */
interface Search {
  delayMs: number
  stepMs: number
  wasThere: boolean | undefined
  readonly asked: { readonly afterMs: number; readonly tookMs: number; readonly isThere: boolean }[]
}

/**
 * For each side, milliseconds from a commit's being handed to the socket until somebody who asks for the record has it,
 * of the median commit; so many commits, by turns, each of somebody else. There is one question a commit, since asking
 * again and again would soon be most of what a side does: where it comes too early, the next commit's comes later, and
 * the other way round, so that every second one finds the record. To that delay comes the time of an answer.
 * `perSecond`: of other records that the same side is told meanwhile, for so many seconds in all at most.
 */
export async function timeVisible(
  sides: readonly Side[],
  network: Network,
  { commits, perSecond, secondsMax }: { commits: number; perSecond: number; secondsMax: number },
): Promise<Readonly<Record<Telling, number>>> {
  const searches: Record<Telling, Search> = { waypost: newSearch(), bsky: newSearch() }
  for (let turn = 0; turn < TURNS; turn++) {
    const others = network.say(Math.ceil((perSecond * secondsMax) / TURNS))
    const timed = Array.from({ length: Math.ceil(commits / TURNS) }, (_, nth) =>
      network.sayNow((turn + nth * 7) % network.people.length),
    )
    for (const side of turn % 2 === 0 ? sides : sides.toReversed()) {
      const known = await side.indexed()
      const frames = await side.teller.sign(others)
      const ending = new AbortController()
      const telling = tellAtPace(side.teller, frames, { perSecond, signal: ending.signal })
      try {
        for (const saying of timed) await step(side, saying, searches[side.name])
      } finally {
        ending.abort()
        await telling
      }
      const all = known + others.length + timed.length
      await until(`${side.name} has all`, async () => (await side.indexed()) >= all)
      await side.settle()
    }
  }
  return { waypost: resultOf(searches.waypost), bsky: resultOf(searches.bsky) }
}

/** One commit and one question. */
async function step(side: Side, saying: Saying, search: Search): Promise<void> {
  const [frame] = await side.teller.sign([saying])
  const { path, isThere } = side.lookUp(saying)
  const ask = async (): Promise<boolean> => {
    const answer = await fetch(`http://127.0.0.1:${side.port}${path}`)
    return isThere({ status: answer.status, body: await answer.text() })
  }
  await sleep(Math.random() * REST_MS_MAX)
  const from = performance.now()
  await side.teller.host.emit({ kind: 'raw', frame: frame! })
  await sleep(Math.max(0, from + search.delayMs - performance.now()))
  const askedAt = performance.now()
  const found = await ask()
  narrow(search, { afterMs: askedAt - from, tookMs: performance.now() - askedAt, isThere: found })
  const until = from + VISIBLE_MS_MAX
  for (let isNow = found; !isNow; isNow = await ask()) {
    if (performance.now() > until) throw new Error(`${side.name} does not show ${path}`)
    await sleep(LOOK_AGAIN_MS)
  }
}

function newSearch(): Search {
  return { delayMs: FIRST_DELAY_MS, stepMs: FIRST_STEP_MS, wasThere: undefined, asked: [] }
}

function narrow(search: Search, asked: Search['asked'][number]): void {
  const { isThere } = asked
  search.asked.push(asked)
  if (search.wasThere === !isThere) search.stepMs = Math.max(STEP_MS_MIN, search.stepMs / 2)
  search.wasThere = isThere
  search.delayMs = Math.max(0, search.delayMs + (isThere ? -search.stepMs : search.stepMs))
}

/** The first third is what it took to come near. */
function resultOf({ asked }: Search): number {
  const near = asked.slice(Math.floor(asked.length / 3))
  const took = near.filter(({ isThere }) => isThere).map(({ tookMs }) => tookMs)
  if (took.length === 0) throw new Error('too few commits to find out when they are visible')
  return median(near.map(({ afterMs }) => afterMs)) + median(took)
}

/** Once it is over, what is left is told at once, so that both sides have heard the same. */
async function tellAtPace(
  { host }: Teller,
  frames: readonly Message[],
  { perSecond, signal }: { readonly perSecond: number; readonly signal: AbortSignal },
): Promise<void> {
  const from = performance.now()
  for (const [nth, frame] of frames.entries()) {
    const waitMs = from + (nth / perSecond) * 1_000 - performance.now()
    if (waitMs > 0 && !signal.aborted) await sleep(waitMs, undefined, { signal }).catch(() => {})
    await host.emit({ kind: 'raw', frame })
  }
}
