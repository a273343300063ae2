import type { AtUri, Random } from '@waypost/kernel'
import { pick } from '../time/dice.ts'
import type { Life } from './life.ts'
import { placeOf, type Cluster, type Replica } from './node.ts'
import type { Person } from './people.ts'

/**
 * People say where they are now, at one replica each time, while links between replicas are cut and healed. What must hold:
 * 2 s after a cut has healed every replica knows of everybody what was said before that, at whichever of those that are
 * still there. Nothing of it needs the log.
 */

/** In all that is said here: nothing that is kept may hold it. */
export const PRESENCE_MARK = 'said-to-be-here-now'

const KNOWN_WITHIN_MS = 2_000
const CUT_MS_MIN = 300
const CUT_MS_MAX = 6_000
const WHOLE_MS_MIN = 1_000
const SAID_EVERY_MS = 400

/** What somebody said, and where. */
interface Said {
  readonly person: Person
  readonly atMs: number
  readonly life: Life
}

/** Resolves after that time, with the links gone. */
export async function cutLinks(options: {
  readonly cluster: Cluster
  readonly replicas: readonly Replica[]
  readonly people: readonly Person[]
  readonly dice: Random
  readonly durationMs: number
  readonly wrong: (words: string) => void
}): Promise<void> {
  const { cluster, replicas, people, dice, durationMs, wrong } = options
  const { world } = cluster.time
  const until = world.clock.elapsed() + durationMs
  const said: Said[] = []
  let number = 0

  function say(): void {
    const up = replicas.filter((one) => one.isUp && !one.life.isPaused)
    if (up.length === 0 || people.length === 0) return
    const { life, parts } = pick(dice, up)
    const person = pick(dice, people)
    const atMs = world.clock.now()
    // By a clock that is off others would not believe it, or would believe it more than what comes later.
    if (life.isClockOff) return
    const checkin: AtUri = `at://${person.did}/app.waypost.checkin/${++number}`
    parts.hereNow.presences.enter(person.did, { checkin, place: PRESENCE_MARK, sinceMs: atMs }, atMs)
    said.push({ person, atMs, life })
  }

  /** Where they were all there all the time; otherwise nobody promised anything. */
  async function look(lives: readonly (Life | undefined)[]): Promise<void> {
    const healedMs = world.clock.now()
    await world.timers.sleep(KNOWN_WITHIN_MS)
    const isSame = replicas.every((one, at) => one.isUp && one.life === lives[at] && !one.life.isPaused)
    if (!isSame) return
    for (const { person, atMs, life } of said) {
      if (atMs > healedMs || !lives.includes(life)) continue
      for (const { name, parts } of replicas) {
        const known = parts.hereNow.presences.held().get(person.did)?.value?.sinceMs ?? 0
        if (known < atMs) wrong(`${name} does not know ${KNOWN_WITHIN_MS} ms after the healing where ${person.name} is`)
      }
    }
  }

  cluster.areLinked = true
  for (const one of replicas) if (one.isUp) one.parts.hereNow.link()
  const saying = world.timers.every(SAID_EVERY_MS, say)
  while (replicas.length > 1) {
    const cutMs = CUT_MS_MIN + dice.fraction() * (CUT_MS_MAX - CUT_MS_MIN)
    const wholeMs = WHOLE_MS_MIN + dice.fraction() * WHOLE_MS_MIN
    if (world.clock.elapsed() + wholeMs + cutMs + KNOWN_WITHIN_MS > until) break
    await world.timers.sleep(wholeMs)
    const away = pick(dice, replicas)
    for (const other of replicas) if (other !== away) cluster.linkNetwork.cut(placeOf(away.name), placeOf(other.name))
    cluster.say(`${away.name} is cut off from the other replicas`)
    await world.timers.sleep(cutMs)
    cluster.linkNetwork.heal()
    cluster.say(`${away.name} reaches the other replicas again`)
    await look(replicas.map((one) => (one.isUp && !one.life.isPaused ? one.life : undefined)))
  }
  await world.timers.sleep(Math.max(0, until - world.clock.elapsed()))
  saying[Symbol.dispose]()
  cluster.areLinked = false
  for (const one of replicas) if (one.isUp) one.parts.hereNow.unlink()
}
