import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { didOf, given, uriOf, wrote, type Step } from '#project/given.ts'
import { openQueries } from './queries.ts'
import { EMPTY_DIRECTORY } from './directory/place-port.ts'

const listed = (who: string, name: string, at: number): Step =>
  wrote(who, 'app.waypost.list', name, () => ({ name, createdAt: new Date(at).toISOString() }))
const listFollowed = (who: string, whose: string, name: string, at: number): Step =>
  wrote(who, 'app.waypost.listFollow', `${whose} ${name}`, () => ({
    subject: uriOf(whose, 'app.waypost.list', name),
    createdAt: new Date(at).toISOString(),
  }))

test('lists come page by page, newest first, nothing twice and nothing missing, whenever they were made', () => {
  const name = fc.constantFrom('one', 'two', 'three', 'four', 'five')
  const made = fc.tuple(fc.constantFrom('ana', 'ben'), name, fc.nat(3))
  fc.assert(
    fc.property(
      fc.array(made, { maxLength: 12 }),
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      (all, limit, followed) => {
        using model = given(
          ...all.flatMap(([who, which, at]) => [listed(who, which, at), listFollowed('ana', who, which, 3 - at)]),
        )
        using queries = openQueries({
          readModel: model.readModel,
          directory: EMPTY_DIRECTORY,
        })
        const person = queries.personByDid(didOf('ana'))
        if (person === undefined) return
        const seen: string[] = []
        let cursor: string | undefined
        do {
          const page = queries.lists(person, { limit, cursor, followed, viewer: undefined })
          assert(page.ok)
          seen.push(...page.value.lists.map(({ uri }) => uri))
          cursor = page.value.cursor
        } while (cursor !== undefined)
        const whole = queries.lists(person, { limit: 100, followed, viewer: undefined })
        assert(whole.ok)
        assert.deepEqual(
          seen,
          whole.value.lists.map(({ uri }) => uri),
        )
        const made = new Set(all.filter(([who]) => followed || who === 'ana').map(([who, which]) => `${who} ${which}`))
        assert.equal(new Set(seen).size, made.size)
      },
    ),
    { numRuns: 40 },
  )
})

test('a place of another list, or none, is refused', () => {
  using model = given(listed('ana', 'one', 0))
  using queries = openQueries({ readModel: model.readModel, directory: EMPTY_DIRECTORY })
  for (const cursor of ['x', 'x.y', 'MSBsaXN0cyAxIDE', 'MSB0aXBzIDEgMQ.y']) {
    const page = queries.lists(queries.personByDid(didOf('ana'))!, { limit: 1, cursor, viewer: undefined })
    assert.equal(page.ok, false, cursor)
  }
})
