import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { app } from '@waypost/lexicon'
import { account, checkedIn, checkinUri, deleted, didOf, followed, removed, type Step } from '#project/given.ts'
import { getActor } from './feed/getActor.ts'
import { getGlobal } from './feed/getGlobal.ts'
import { getTimeline } from './feed/getTimeline.ts'
import { answer, fault, LIMIT, serving, type Server } from './given-server.ts'

const FOLLOW = 'app.bsky.graph.follow'

/** The whole timeline by pages of this size. */
function timelineOf(server: Server, who: string, limit = 50): readonly string[] {
  const uris: string[] = []
  for (let cursor: string | undefined; ;) {
    const page = answer(app.waypost.feed.getTimeline.main, getTimeline({ limit, cursor }, server.as(who)))
    uris.push(...page.feed.map(({ uri }) => uri))
    cursor = page.cursor
    if (cursor === undefined) return uris
  }
}

test('a timeline is of the people one follows and oneself, newest first', () => {
  using server = serving(
    followed('ana', 'ben'),
    checkedIn('ben', 'first'),
    checkedIn('cleo', 'unheard'),
    checkedIn('ana', 'own'),
    checkedIn('ben', 'second'),
  )
  const expected = [checkinUri('ben', 'second'), checkinUri('ana', 'own'), checkinUri('ben', 'first')]
  assert.deepEqual(timelineOf(server, 'ana'), expected)
  assert.deepEqual(timelineOf(server, 'cleo'), [checkinUri('cleo', 'unheard')], 'who follows nobody has their own')
  assert.deepEqual(timelineOf(server, 'nobody yet'), [])
})

test('nobody signed in, no timeline; a cursor of another list is refused', () => {
  using server = serving(followed('ana', 'ben'), checkedIn('ben', 'one'), checkedIn('ben', 'two'))
  assert.equal(fault(getTimeline(LIMIT, server.as(undefined))), 'AuthRequired')
  const { cursor } = answer(app.waypost.feed.getGlobal.main, getGlobal({ limit: 1 }, server.as('ana')))
  assert.equal(fault(getTimeline({ limit: 1, cursor }, server.as('ana'))), 'InvalidCursor')
  const own = answer(app.waypost.feed.getTimeline.main, getTimeline({ limit: 1 }, server.as('ana')))
  const asked = { actor: didOf('ben'), limit: 1, cursor: own.cursor }
  assert.equal(fault(getActor(asked, server.as('ana'))), 'InvalidCursor')
})

test('who is no longer followed or is taken down is in it no more, nor is what was deleted', () => {
  const story: readonly Step[] = [
    ...['ben', 'cleo', 'emil'].flatMap((who) => [followed('ana', who), checkedIn(who, `by ${who}`)]),
    checkedIn('ben', 'for long'),
  ]
  using before = serving(...story)
  assert.equal(timelineOf(before, 'ana').length, 4)
  using after = serving(
    ...story,
    removed('ana', FOLLOW, 'follow cleo'),
    account('emil', 'takendown'),
    deleted('ben', 'by ben'),
  )
  assert.deepEqual(timelineOf(after, 'ana'), [checkinUri('ben', 'for long')])
})

test('by pages of any size it is the global feed without those whom one does not follow', () => {
  const { random } = simWorld({ seed: 403 })
  const names = Array.from({ length: 12 }, (_, number) => `person ${number}`)
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random.fraction() * all.length)]!
  for (let round = 0; round < 12; round++) {
    const follows = new Set(Array.from({ length: round }, () => pick(names)))
    const steps = [
      ...[...follows].map((who) => followed('ana', who)),
      ...Array.from({ length: 60 }, (_, nth) =>
        checkedIn(pick([...names, 'ana']), `visit ${nth}`, pick([{}, { createdAt: '2026-01-01T00:00:00Z' }])),
      ),
    ]
    using server = serving(...steps)
    const mine = new Set([...follows, 'ana'].map((who) => `at://${didOf(who)}/`))
    const all = answer(app.waypost.feed.getGlobal.main, getGlobal({ limit: 100 }, server.as('ana')))
    const expected = all.feed.map(({ uri }) => uri).filter((uri) => [...mine].some((start) => uri.startsWith(start)))
    assert.deepEqual(timelineOf(server, 'ana', 1 + Math.floor(random.fraction() * 20)), expected)
  }
})
