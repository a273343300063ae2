import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { called, checkedIn, didOf, followed, givenEvents, STORY_START_MS, tell } from '#project/given.ts'
import { WHO, writes } from '#project/stories.ts'
import { openQueries } from './queries.ts'
import { EMPTY_DIRECTORY } from './directory/place-port.ts'

test('whoever has a new notice after a batch is among those whom it concerns', () => {
  fc.assert(
    fc.property(writes, (steps) => {
      using model = givenEvents([])
      using queries = openQueries({ readModel: model.readModel, directory: EMPTY_DIRECTORY })
      const keysOf = (who: string): readonly string[] => {
        const person = queries.personByDid(didOf(who))
        const page = person && queries.notifications(person, { limit: 100, now: STORY_START_MS + 3_600_000 })
        return page?.ok === true ? page.value.notices.map(({ key }) => key) : []
      }
      const told = new Set<string>()
      const known = new Map<string, Set<string>>(WHO.map((who) => [who, new Set()]))
      for (const event of tell([...WHO.map((who) => called(who, `${who}.example`)), ...steps])) {
        model.and([event])
        queries.follow(model.last)
        const ids = new Map(
          WHO.flatMap((who) => {
            const person = queries.personByDid(didOf(who))
            return person === undefined ? [] : [[person.id, who] as const]
          }),
        )
        const concerned = new Set([...queries.concernedBy(model.last, ids)].map((id) => ids.get(id)))
        // A crown that goes elsewhere, or a friend who is met, because a check-in was taken back or moved: no news.
        const isOld = model.last.changes.some(({ kind, uri }) => kind === 'deletion' || told.has(uri))
        for (const { uri } of model.last.changes) told.add(uri)
        for (const who of WHO) {
          const before = known.get(who)!
          // Somebody who likes the same twice, by two records, likes it no more than before.
          const isRepeated = (key: string): boolean =>
            key.startsWith('like') && before.values().some((old) => old.startsWith(key.replace(/\d+$/, '')))
          const isNoNews = (key: string): boolean => isRepeated(key) || (isOld && /^(mayor|friend-here)/.test(key))
          const fresh = keysOf(who).filter((key) => !before.has(key) && !isNoNews(key))
          assert.ok(fresh.length === 0 || concerned.has(who), `${who}: ${fresh.join(' ')}`)
          for (const key of keysOf(who)) before.add(key)
        }
      }
    }),
    { numRuns: 100 },
  )
})

test('whoever follows a friend back is told that they are here', () => {
  const before = [checkedIn('ana', 'a'), checkedIn('ben', 'b'), followed('ana', 'ben')]
  const events = tell([...before, followed('ben', 'ana')])
  using model = givenEvents(events.slice(0, -1)).and(events.slice(-1))
  using queries = openQueries({ readModel: model.readModel, directory: EMPTY_DIRECTORY })
  const ids = [queries.personByDid(didOf('ana'))!.id, queries.personByDid(didOf('ben'))!.id]
  const concerned = queries.concernedBy(model.last, new Map(ids.map((id) => [id, id])))
  assert.deepEqual(concerned, new Set(ids))
})
