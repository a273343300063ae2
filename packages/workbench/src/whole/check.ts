import type { Result } from '@waypost/kernel'
import { getActor, getCheckin, getGlobal, getPlace, getTimeline, type Reading } from '@waypost/server/stages'
import { askOracle, contentOf, type Oracle, type Shown } from './oracle.ts'
import { PLACES, type Fields, type Person } from './people.ts'

/** One thing that is not as it must be, in words. */
export interface Violation {
  readonly kind: ViolationKind
  readonly words: string
}

export type ViolationKind =
  | 'lost'
  | 'unexpected'
  | 'wrong'
  | 'order'
  | 'unverified'
  | 'rebuild-differs'
  | 'memory-differs'
  | 'stale'
  | 'own-write'
  | 'fail-over'
  | 'gap'
  | 'not-healed'
  | 'crashed'
  | 'here-now'

/** A check-in as an endpoint answers it, as far as it is looked at. */
interface Answered {
  readonly uri: string
  readonly sortAt: string
  readonly likeCount: number
  readonly commentCount: number
  readonly record: Fields
}

interface Feed {
  readonly feed: readonly Answered[]
  readonly cursor?: string
}

/** A question about a feed: in words, how it is asked, and what the oracle says. */
interface Question {
  readonly words: string
  readonly ask: (reading: Reading, page: Page) => Result<unknown, { readonly error: string }>
  readonly expected: (oracle: Oracle) => readonly Shown[]
}

interface Page {
  readonly limit: number
  readonly cursor?: string
}

const PAGE_LIMIT = 40
/** Named in a message; more are counted. */
const NAMED_MAX = 3

/** Whoever is looking: one of them, or somebody who is not signed in. */
type Viewer = Person | undefined

function everybody(people: readonly Person[]): readonly Viewer[] {
  return [undefined, ...people]
}

/** Everything that people can ask, in each combination that makes a difference. */
function questions(
  people: readonly Person[],
  { viewers, nowMs }: { readonly viewers: readonly Viewer[]; readonly nowMs: number },
): readonly Question[] {
  const by = (viewer: Person | undefined): string => (viewer ? `as ${viewer.name} sees it` : 'as anybody sees it')
  return viewers.filter(isPresent).flatMap((viewer): readonly Question[] => {
    const context = ({ queries, fragments }: Reading) => ({ queries, fragments, viewer: viewer?.did, now: nowMs })
    return [
      {
        words: `the global feed ${by(viewer)}`,
        ask: (reading, page) => getGlobal(page as never, context(reading)),
        expected: (oracle) => oracle.global(viewer),
      },
      ...(viewer
        ? [
            {
              words: `${viewer.name}'s home feed`,
              ask: (reading: Reading, page: Page) => getTimeline(page as never, context(reading)),
              expected: (oracle: Oracle) => oracle.home(viewer),
            },
          ]
        : []),
      ...people.map((person) => ({
        words: `the feed of ${person.name} ${by(viewer)}`,
        ask: (reading: Reading, page: Page) => getActor({ ...page, actor: person.did } as never, context(reading)),
        expected: (oracle: Oracle) => oracle.actor(person, viewer),
      })),
      ...PLACES.map((id) => ({
        words: `the feed of place ${id} ${by(viewer)}`,
        ask: (reading: Reading, page: Page) =>
          getPlace({ ...page, place: `osm:node/${id}` } as never, context(reading)),
        expected: (oracle: Oracle) => oracle.place(`osm:node/${id}`, viewer),
      })),
    ]
  })
}

/** What a replica shows, beside what it must. */
export function compareWithOracle(
  replica: { readonly name: string; readonly reading: Reading },
  people: readonly Person[],
  { nowMs, viewers = everybody(people) }: { readonly nowMs: number; readonly viewers?: readonly Viewer[] },
): readonly Violation[] {
  const oracle = askOracle(people)
  const found: Violation[] = []
  for (const question of questions(people, { viewers, nowMs })) {
    const shown = wholeFeed(question, replica.reading)
    found.push(...compare(`${replica.name}: ${question.words}`, shown, question.expected(oracle)))
  }
  for (const viewer of viewers.filter(isPresent)) {
    for (const { uri } of oracle.global(viewer)) found.push(...compareComments(replica, { uri, viewer, oracle, nowMs }))
  }
  return found
}

/** All answers as one text: to compare what is held in memory with what the tables alone say. */
export function allAnswers(reading: Reading, people: readonly Person[], nowMs: number): ReadonlyMap<string, string> {
  return new Map(
    questions(people, { viewers: everybody(people), nowMs }).map((question) => [
      question.words,
      JSON.stringify(wholeFeed(question, reading)),
    ]),
  )
}

function wholeFeed({ ask }: Question, reading: Reading): readonly Answered[] {
  const all: Answered[] = []
  for (let cursor: string | undefined; ;) {
    const answer = ask(reading, { limit: PAGE_LIMIT, ...(cursor !== undefined && { cursor }) })
    // Whoever or whatever is not known has nothing to show.
    if (!answer.ok) return all
    const page = JSON.parse(JSON.stringify(answer.value)) as Feed
    all.push(...page.feed)
    cursor = page.cursor
    if (cursor === undefined) return all
  }
}

function compare(where: string, shown: readonly Answered[], expected: readonly Shown[]): readonly Violation[] {
  const found: Violation[] = []
  const wanted = new Map(expected.map((one) => [one.uri, one]))
  const seen = new Set(shown.map(({ uri }) => uri))
  const missing = expected.filter(({ uri }) => !seen.has(uri))
  const extra = shown.filter(({ uri }) => !wanted.has(uri))
  if (missing.length > 0) found.push(violation('lost', `${where} lacks ${named(missing)}`))
  if (extra.length > 0) found.push(violation('unexpected', `${where} shows ${named(extra)}, which must not be there`))
  if (seen.size < shown.length) found.push(violation('unexpected', `${where} shows something twice`))
  for (const one of shown) {
    const must = wanted.get(one.uri)
    if (!must) continue
    const is = described({ sortMs: Date.parse(one.sortAt), content: contentOf(one.record), ...countsOf(one) })
    const should = described(must)
    if (is !== should) found.push(violation('wrong', `${where}: ${one.uri} is ${is}, and should be ${should}`))
  }
  const misplaced = shown.find((one, at) => at > 0 && shown[at - 1]!.sortAt < one.sortAt)
  if (misplaced) found.push(violation('order', `${where}: ${misplaced.uri} comes after something older`))
  return found
}

function compareComments(
  replica: { readonly name: string; readonly reading: Reading },
  asked: { readonly uri: string; readonly viewer: Person | undefined; readonly oracle: Oracle; readonly nowMs: number },
): readonly Violation[] {
  const { uri, viewer, oracle, nowMs } = asked
  const { queries, fragments } = replica.reading
  const answer = getCheckin({ uri, limit: 100 } as never, { queries, fragments, viewer: viewer?.did, now: nowMs })
  if (!answer.ok) return [violation('lost', `${replica.name}: ${uri} is not there when it is asked for`)]
  const { comments } = JSON.parse(JSON.stringify(answer.value)) as { comments: readonly { uri: string }[] }
  const [is, should] = [comments.map((one) => one.uri).toSorted(), oracle.comments(uri, viewer).toSorted()]
  if (is.join() === should.join()) return []
  const who = viewer?.name ?? 'anybody'
  return [
    violation('wrong', `${replica.name}: to ${who}, ${uri} has the comments [${is}], and should have [${should}]`),
  ]
}

function countsOf({ likeCount, commentCount }: Answered): Pick<Shown, 'likes' | 'comments'> {
  return { likes: likeCount, comments: commentCount }
}

function described({ sortMs, content, likes, comments }: Omit<Shown, 'uri' | 'author'>): string {
  return `"${content}" of ${new Date(sortMs).toISOString()} with ${likes} likes and ${comments} comments`
}

function named(all: readonly { readonly uri: string }[]): string {
  const some = all.slice(0, NAMED_MAX).map(({ uri }) => uri)
  return all.length > NAMED_MAX ? `${some.join(', ')} and ${all.length - NAMED_MAX} more` : some.join(', ')
}

function isPresent(viewer: Viewer): boolean {
  return viewer === undefined || viewer.account.active
}

export function violation(kind: ViolationKind, words: string): Violation {
  return { kind, words }
}
