import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { blocked, called, didOf, followed, givenEvents, tell, wrote, type Given, type Step } from './given.ts'
import { story, WHO } from './stories.ts'

/** What answers say of people and check-ins, by id, as text; asked of the tables themselves. */
function said({ readModel: { db } }: Given): Readonly<Record<string, ReadonlyMap<number, string>>> {
  const map = (sql: string): ReadonlyMap<number, string> =>
    new Map(
      db
        .prepare<[], { id: number }>(sql)
        .all()
        .map((row) => [row.id, JSON.stringify(row)]),
    )
  const pairs = (sql: string) => map(`select a as id, group_concat(b) as all_of from (${sql} order by a, b) group by a`)
  return {
    persons: map(
      `select id, did, known, hidden, display_name, avatar, labels, (select max(handle_position) = person.handle_position
       from person other where other.handle = person.handle) as mine, handle from person`,
    ),
    followers: pairs('select person as a, subject as b from follow where hidden = 0'),
    blockers: pairs(
      'select * from (select person as a, subject as b from block where hidden = 0 union all select subject, person from block where hidden = 0)',
    ),
    likers: pairs("select person as a, subject || '/' || rkey as b from likes where hidden = 0"),
    subjects: map(
      `select id, like_count, comment_count, (select group_concat(person) from (select person from acceptance
       where subject = subject.id and hidden = 0 order by person)) as company from subject`,
    ),
  }
}

const who = fc.constantFrom(...WHO)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(who, who).map(([author, whom]) => blocked(author, whom)),
  // The same record, of others by and by.
  fc.tuple(who, who, fc.constantFrom('block', 'follow')).map(([author, whom, kind]) =>
    wrote(author, `app.bsky.graph.${kind}`, 'the one', (createdAt) => ({
      subject: didOf(whom),
      createdAt,
    })),
  ),
  fc.tuple(who, who).map(([author, whom]) => followed(author, whom)),
  // A handle that several claim.
  who.map((author) => called(author, 'ana.example')),
)

test('whatever changes of what is shown, it is told by its id', () => {
  fc.assert(
    fc.property(story, fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (steps, more, size) => {
      const all = steps.flatMap((each, nth) => (more[nth] ? [each, more[nth]] : [each]))
      using model = givenEvents([])
      const events = tell(all)
      for (let at = 0; at < events.length; at += size) {
        const before = said(model)
        model.and(events.slice(at, at + size))
        const after = said(model)
        for (const [kind, affected] of Object.entries(model.last.affected) as [string, ReadonlySet<number>][]) {
          for (const [id, text] of after[kind]!) {
            // What nobody knew before is in no answer.
            if ((kind === 'persons' || kind === 'subjects') && !before[kind]!.has(id)) continue
            if (text !== before[kind]!.get(id)) assert.ok(affected.has(id), `${kind} ${text}`)
          }
          for (const id of before[kind]!.keys()) {
            if (!after[kind]!.has(id) && kind !== 'subjects') assert.ok(affected.has(id), `${kind} ${id} is gone`)
          }
        }
      }
    }),
    { numRuns: 60 },
  )
})
