import type { Fields, Person } from './people.ts'

/*
 * What every feed must show, by plain loops over what truly stands in the repositories. It knows the lexicons and what the
 * documentation promises, and nothing of how the server does it.
 */

/** A check-in as a feed must show it. */
export interface Shown {
  readonly uri: string
  readonly author: Person
  /** Milliseconds since 1970: what feeds are ordered by. */
  readonly sortMs: number
  /** Text and place, as they stand. */
  readonly content: string
  readonly likes: number
  readonly comments: number
}

export interface Oracle {
  /** Whoever looks; undefined: somebody who is not signed in. */
  global(viewer: Person | undefined): readonly Shown[]
  home(viewer: Person): readonly Shown[]
  actor(person: Person, viewer: Person | undefined): readonly Shown[]
  place(id: string, viewer: Person | undefined): readonly Shown[]
  /** Addresses of the comments on a check-in that a viewer sees. */
  comments(uri: string, viewer: Person | undefined): readonly string[]
}

/** A visit told later than this is history: on no feed of what is new. */
const TOLD_AFTER_MS_MAX = 86_400_000

interface Written {
  readonly author: Person
  readonly uri: string
  readonly record: Fields
}

export function askOracle(people: readonly Person[]): Oracle {
  const written = (collection: string): readonly Written[] =>
    people
      .filter(({ account }) => account.active)
      .flatMap((author) =>
        [...author.records.values()]
          .filter((standing) => standing.collection === collection)
          .map(({ rkey, record }) => ({ author, uri: `at://${author.did}/${collection}/${rkey}`, record })),
      )

  const likes = written('community.lexicon.interaction.like')
  const comments = written('app.waypost.comment')
  const follows = written('app.bsky.graph.follow')
  const blocks = written('app.bsky.graph.block')
  const checkins = written('app.waypost.checkin').map(({ author, uri, record }) => ({
    author,
    uri,
    record,
    sortMs: Math.min(Date.parse(record.visitedAt ?? record.createdAt), Date.parse(record.createdAt)),
    content: contentOf(record),
    likes: new Set(likes.filter((like) => subjectOf(like) === uri).map((like) => like.author)).size,
    comments: comments.filter((comment) => subjectOf(comment) === uri).length,
  }))

  function isBetween(one: Person, other: Person): boolean {
    return blocks.some(
      ({ author, record }) =>
        (author === one && record.subject === other.did) || (author === other && record.subject === one.did),
    )
  }

  const sees = (viewer: Person | undefined, author: Person): boolean => !viewer || !isBetween(viewer, author)
  const isNews = ({ record, sortMs }: (typeof checkins)[number]): boolean =>
    Date.parse(record.createdAt) - sortMs <= TOLD_AFTER_MS_MAX

  return {
    global: (viewer) => checkins.filter((one) => isNews(one) && sees(viewer, one.author)),
    home(viewer) {
      const followed = new Set(follows.filter(({ author }) => author === viewer).map(({ record }) => record.subject))
      return checkins.filter(
        (one) => isNews(one) && (one.author === viewer || followed.has(one.author.did)) && sees(viewer, one.author),
      )
    },
    actor: (person, viewer) => checkins.filter(({ author }) => author === person && sees(viewer, author)),
    place: (id, viewer) => checkins.filter(({ author, record }) => placeIdOf(record) === id && sees(viewer, author)),
    comments: (uri, viewer) =>
      comments.filter((one) => subjectOf(one) === uri && sees(viewer, one.author)).map((one) => one.uri),
  }
}

export function contentOf(record: Fields): string {
  return `${record.text ?? ''} at ${placeIdOf(record)}`
}

function subjectOf({ record: { subject } }: Written): string | undefined {
  return typeof subject === 'object' ? subject.uri : subject
}

function placeIdOf({ place }: Fields): string {
  const ref = place?.refs?.[0]
  return ref ? `osm:${ref.type}/${ref.id}` : ''
}
