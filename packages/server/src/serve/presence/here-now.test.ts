import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  account,
  blocked,
  cafe,
  called,
  checkedIn,
  checkinUri,
  deleted,
  didOf,
  followed,
  removed,
  rkeyOf,
  snapshot,
  STORY_START_MS,
  tell,
  type Step,
} from '#project/given.ts'
import { serveHereNow, type HereNowServer } from './given-here-now.ts'
import { PRESENT_MS, type PresenceMap } from './presences.ts'

/** Who sees whom, beside a model that knows nothing of tables, maps or batches. */

const MINUTE_MS = 60_000
const PEOPLE = ['ana', 'ben', 'cid'] as const
const PLACES = ['1', '2'] as const
/** Waits without anything happening: not quite to the end of a presence, and past it. */
const WAIT_MINUTES = [50, 119, 121]

type Person = (typeof PEOPLE)[number]
type Act =
  | { readonly kind: 'check in'; readonly who: Person; readonly place: string; readonly isHere: boolean }
  | { readonly kind: 'enter' | 'delete' | 'lose'; readonly who: Person; readonly nth: number }
  | { readonly kind: 'leave'; readonly who: Person }
  | { readonly kind: 'account'; readonly who: Person; readonly status: string }
  | { readonly kind: 'follow' | 'unfollow' | 'block' | 'unblock'; readonly who: Person; readonly whom: Person }
  | { readonly kind: 'wait'; readonly minutes: number }

const who = fc.constantFrom(...PEOPLE)
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('check in' as const),
      who,
      place: fc.constantFrom(...PLACES),
      isHere: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('enter', 'delete', 'lose'), who, nth: fc.nat({ max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('account' as const),
      who,
      status: fc.constantFrom('active', 'active', 'deactivated', 'takendown', 'deleted'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('follow', 'unfollow', 'block', 'unblock'), who, whom: who }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.constantFrom(...WAIT_MINUTES) }),
  },
)

interface Visit {
  readonly who: Person
  readonly name: string
  readonly place: string
  readonly at: number
}

/** What is true, as plainly as it can be said. */
class Model {
  now = STORY_START_MS
  visits: Visit[] = []
  readonly present = new Map<Person, Visit>()
  readonly away = new Set<Person>()
  readonly follows = new Set<string>()
  readonly blocks = new Set<string>()

  nth(who: Person, nth: number): Visit | undefined {
    return this.visits.filter((visit) => visit.who === who).at(-1 - nth)
  }

  checkIn(visit: Visit): void {
    this.visits.push(visit)
    if (this.present.get(visit.who)?.place !== visit.place) this.present.delete(visit.who)
  }

  enter(visit: Visit): void {
    const last = this.nth(visit.who, 0)!
    if (this.now < visit.at + PRESENT_MS && last.place === visit.place) this.present.set(visit.who, visit)
  }

  remove(visit: Visit): void {
    this.visits = this.visits.filter((other) => other !== visit)
    if (this.present.get(visit.who) === visit) this.present.delete(visit.who)
  }

  account(who: Person, status: string): void {
    if (status === 'active') return void this.away.delete(who)
    this.away.add(who)
    this.present.delete(who)
    if (status !== 'deleted') return
    this.visits = this.visits.filter((visit) => visit.who !== who)
    for (const edges of [this.follows, this.blocks]) {
      for (const edge of edges) if (edge.startsWith(`${who} `)) edges.delete(edge)
    }
  }

  isHere(who: Person, place: string): boolean {
    const visit = this.present.get(who)
    return visit !== undefined && visit.place === place && this.now < visit.at + PRESENT_MS
  }

  sees(viewer: Person, other: Person): boolean {
    const both = (edges: ReadonlySet<string>, every: boolean): boolean => {
      const ways = [`${viewer} ${other}`, `${other} ${viewer}`]
      return every ? ways.every((way) => edges.has(way)) : ways.some((way) => edges.has(way))
    }
    if (viewer === other || this.away.has(viewer) || this.away.has(other)) return false
    return both(this.follows, true) && !both(this.blocks, false)
  }

  shown(): string[] {
    return PLACES.flatMap((place) =>
      PEOPLE.flatMap((viewer) => [
        ...(this.isHere(viewer, place) ? [`${viewer} is at ${place}`] : []),
        ...PEOPLE.filter((other) => this.isHere(other, place) && this.sees(viewer, other)).map(
          (other) => `${viewer} sees ${other} at ${place}`,
        ),
      ]),
    ).toSorted()
  }
}

interface Turn {
  readonly step: Step
  /** What is told to the server after the step has come to the read model. */
  readonly said?: { readonly kind: 'enter'; readonly visit: Visit } | { readonly kind: 'leave'; readonly who: Person }
  readonly minutes: number
  readonly shown: readonly string[]
}

const nothing = called('nobody', 'nobody.example')
const placeOf = (id: string) => ({ ...cafe, name: `Place ${id}`, refs: [{ ...cafe.refs[0]!, id }] })

/** Plays acts on the model; whoever is away does nothing but come back. */
function play(acts: readonly Act[]): readonly Turn[] {
  const model = new Model()
  return acts.map((each, index) => {
    const minutes = each.kind === 'wait' ? each.minutes : 1
    const turn = turnOf(model, each, index)
    const shown = model.shown()
    model.now += minutes * MINUTE_MS
    return { ...turn, minutes, shown }
  })
}

function turnOf(model: Model, each: Act, index: number): Pick<Turn, 'step' | 'said'> {
  if (each.kind === 'wait' || (each.kind !== 'account' && model.away.has(each.who))) return { step: nothing }
  const { who } = each
  switch (each.kind) {
    case 'check in': {
      const visit = { who, name: `visit ${index}`, place: each.place, at: model.now }
      model.checkIn(visit)
      if (each.isHere) model.enter(visit)
      const step = checkedIn(who, visit.name, { place: placeOf(each.place) })
      return { step, ...(each.isHere && { said: { kind: 'enter', visit } }) }
    }
    case 'enter': {
      const visit = model.nth(who, each.nth)
      if (visit === undefined) return { step: nothing }
      model.enter(visit)
      return { step: nothing, said: { kind: 'enter', visit } }
    }
    case 'leave':
      model.present.delete(who)
      return { step: nothing, said: { kind: 'leave', who } }
    case 'delete':
    case 'lose': {
      const visit = model.nth(who, each.nth)
      if (visit === undefined) return { step: nothing }
      model.remove(visit)
      return { step: each.kind === 'delete' ? deleted(who, visit.name) : replacedWithout(who, visit.name) }
    }
    case 'account':
      model.account(who, each.status)
      return { step: account(who, each.status) }
    default: {
      const { kind, whom } = each
      const edges = kind.endsWith('follow') ? model.follows : model.blocks
      if (kind === 'follow' || kind === 'block') edges.add(`${who} ${whom}`)
      else edges.delete(`${who} ${whom}`)
      return { step: EDGES[kind](who, whom) }
    }
  }
}

const EDGES = {
  follow: followed,
  block: blocked,
  unfollow: (who: string, whom: string) => removed(who, 'app.bsky.graph.follow', `follow ${whom}`),
  unblock: (who: string, whom: string) => removed(who, 'app.bsky.graph.block', `block ${whom}`),
} as const

/** The whole repository comes anew, and a check-in is not in it. */
function replacedWithout(who: string, name: string): Step {
  return (story) => {
    story.repo(who).records.delete(`app.waypost.checkin/${rkeyOf(name)}`)
    story.nextRev(who)
    return snapshot(who)(story)
  }
}

/** What people do once all follow each other: turn by turn, and as events of one minute each. */
function amongFriends(acts: readonly Act[]) {
  const friends: Act[] = PEOPLE.flatMap((who) =>
    PEOPLE.filter((whom) => whom !== who).map((whom) => ({ kind: 'follow' as const, who, whom })),
  )
  const turns = play([...friends, ...acts])
  const events = tell(turns.flatMap(({ step, minutes }) => [step, ...Array<Step>(minutes - 1).fill(nothing)]))
  return { turns, events }
}

test('who sees whom is what a plain model says, whatever people do in whatever order', () => {
  fc.assert(
    fc.property(fc.array(act, { minLength: 1, maxLength: 25 }), (acts) => {
      const { turns, events } = amongFriends(acts)
      const clock = { now: STORY_START_MS }
      using server = serveHereNow(clock, ...PEOPLE.map((each) => called(each, `${each}.example`)))
      let at = 0
      for (const { said, minutes, shown } of turns) {
        clock.now = STORY_START_MS + at * MINUTE_MS + 1_000
        server.tell([events[at]!])
        at += minutes
        if (said?.kind === 'leave') server.hereNow.leave(didOf(said.who))
        if (said?.kind === 'enter') {
          const { who, name } = said.visit
          assert.ok(server.enter(who, checkinUri(who, name)))
        }
        assert.deepEqual(shownBy(server), shown)
      }
    }),
    { numRuns: 150 },
  )
})

test('two linked replicas show the same as one, whichever of them people tell', () => {
  fc.assert(
    fc.property(fc.array(act, { minLength: 1, maxLength: 25 }), (acts) => {
      const { turns, events } = amongFriends(acts)
      const clock = { now: STORY_START_MS }
      const people = PEOPLE.map((each) => called(each, `${each}.example`))
      const deltas: PresenceMap[] = []
      const told = (delta: PresenceMap): void => void deltas.push(delta)
      using one = serveHereNow(linkedTo(clock, 'a', told), ...people)
      using other = serveHereNow(linkedTo(clock, 'b', told), ...people)
      let at = 0
      for (const [index, { said, minutes, shown }] of turns.entries()) {
        clock.now = STORY_START_MS + at * MINUTE_MS + 1_000
        const here = index % 2 === 0 ? one : other
        for (const server of [one, other]) server.tell([events[at]!])
        at += minutes
        if (said?.kind === 'leave') here.hereNow.leave(didOf(said.who))
        if (said?.kind === 'enter') here.enter(said.visit.who, checkinUri(said.visit.who, said.visit.name))
        for (const delta of deltas.splice(0)) for (const server of [one, other]) server.hereNow.join(delta)
        for (const server of [one, other]) assert.deepEqual(shownBy(server), shown)
      }
    }),
    { numRuns: 60 },
  )
})

function linkedTo(clock: { readonly now: number }, writer: string, told: (delta: PresenceMap) => void) {
  return {
    writer,
    told,
    get now() {
      return clock.now
    },
  }
}

test('whoever has gone on, as this replica knows already, is not taken to be where another one says', () => {
  const clock = { now: STORY_START_MS + 10 * MINUTE_MS }
  const deltas: PresenceMap[] = []
  const told = (delta: PresenceMap): void => void deltas.push(delta)
  const before = [called('ana', 'ana.example'), checkedIn('ana', 'one', { place: placeOf('1') })]
  using behind = serveHereNow(linkedTo(clock, 'a', told), ...before)
  using ahead = serveHereNow(linkedTo(clock, 'b', told), ...before, checkedIn('ana', 'two', { place: placeOf('2') }))
  assert.ok(behind.enter('ana', checkinUri('ana', 'one'))?.ok)
  ahead.hereNow.join(deltas[0]!)
  assert.equal(ahead.at('osm:node/1', 'ana')?.viewer, undefined)
  behind.hereNow.join(deltas[1]!)
  assert.equal(behind.at('osm:node/1', 'ana')?.viewer, undefined)
})

/** The same of the server; who is not signed in sees nobody. */
function shownBy(server: HereNowServer): readonly string[] {
  const names = new Map(PEOPLE.map((each) => [didOf(each) as string, each]))
  return PLACES.flatMap((place) => {
    assert.deepEqual(server.at(`osm:node/${place}`, undefined)?.people ?? [], [])
    return PEOPLE.flatMap((viewer) => {
      const answer = server.at(`osm:node/${place}`, viewer)
      const seen = answer?.people.map(({ actor }) => `${viewer} sees ${names.get(actor.did)} at ${place}`) ?? []
      return [...(answer?.viewer ? [`${viewer} is at ${place}`] : []), ...seen]
    })
  }).toSorted()
}
