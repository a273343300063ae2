import { ok, refuse, type Did, type Result } from '@waypost/kernel'
import type { ListedRepo, RepoPage } from '#wire/repo-list.ts'

/**
 * One walk over one list of a host, page after page: what is read, who of it is settled, and where a walk that was cut
 * off goes on.
 * In: the list's pages in order, and who has been settled, in any order. Out: who is to be looked at, and a state from
 * which nobody is left out. No network, no clock, no store.
 */
export interface Walk {
  /** Where the next page begins; undefined: at the list's beginning. */
  readonly cursor: string | undefined
  /** The last page was taken. */
  readonly isRead: boolean
  readonly pagesUnderWay: number
  /** Entries that need no further look, of this run and of those before. */
  readonly settledCount: number
  /** The page at `cursor`. Refused, with the reason as a sentence, where the list leads nowhere. */
  take(page: RepoPage): Result<PageNews, string>
  settle(did: Did): void
  saved(): SavedWalk
}

export interface PageNews {
  /** Whoever is not settled yet, each person once. */
  readonly people: readonly ListedRepo[]
  /** Entries that name somebody whom the same list has named before. */
  readonly repeatedCount: number
}

/** What a walk goes on from. */
export interface SavedWalk {
  /** Everybody in front of the page that begins here is settled. */
  readonly cursor?: string | undefined
  /** How many entries those are. */
  readonly entries: number
  /** And these of the pages behind it. No more than the pages under way hold, whose bytes are bounded. */
  readonly settled: readonly Did[]
  /** There is no page behind. */
  readonly isOver?: boolean
}

/** Whom a run has met in whichever of a host's lists. */
export interface Met {
  meet(did: Did, list: string): 'new' | 'here' | 'elsewhere'
}

/** So many are worked on at once, so that one slow person does not hold up the rest of the list. */
export const PAGES_UNDER_WAY_MAX = 3
/** Past this many the first ones are forgotten; whoever is met again is then looked at again. */
const MET_MAX = 200_000
/** A list that goes on is given up: two hundred million people are more than any network has. */
const PAGES_MAX = 200_000
/** In a row. A host may answer a page that holds nobody, but not for ever. */
const PAGES_WITHOUT_NEWS_MAX = 100

interface PageUnderWay {
  /** Where the page after it begins. */
  readonly next: string | undefined
  readonly entries: number
  readonly left: Set<Did>
  readonly done: Did[]
}

/** `list` names it among those that share `met`. */
export function openWalk(list: string, { cursor, entries, settled, isOver = false }: SavedWalk, met: Met): Walk {
  const guard = createListGuard(cursor)
  const pages: PageUnderWay[] = []
  /** Settled before the walk was cut off, and not come by since. */
  const settledBefore = new Set(settled)
  let settledEntries = entries
  let begin = cursor
  let next = cursor
  let pagesRead = 0
  let isRead = isOver

  /** Pages in front of which nobody is left are behind us for good. */
  function shiftSettled(): void {
    while (pages[0]?.left.size === 0) {
      const page = pages.shift()!
      settledEntries += page.entries
      begin = page.next
    }
  }

  return {
    get cursor() {
      return next
    },
    get isRead() {
      return isRead
    },
    get pagesUnderWay() {
      return pages.length
    },
    get settledCount() {
      const behind = pages.reduce((sum, page) => sum + page.entries - page.left.size, 0)
      return settledEntries + settledBefore.size + behind
    },
    take({ repos, invalidCount, cursor: after }) {
      const people: ListedRepo[] = []
      const done: Did[] = []
      let repeatedCount = 0
      for (const listed of repos) {
        const seen = met.meet(listed.did, list)
        if (seen === 'here') repeatedCount++
        if (settledBefore.delete(listed.did)) done.push(listed.did)
        else if (seen === 'new') people.push(listed)
      }
      const fault = guard.follow(after, { hasNews: repos.length > repeatedCount })
      if (fault !== undefined) return refuse(fault)
      const left = new Set(people.map(({ did }) => did))
      pages.push({ next: after, entries: repos.length + invalidCount, left, done })
      next = after
      isRead = after === undefined
      // Whoever has not come by in as many pages as were under way is no longer in the list.
      if (++pagesRead >= PAGES_UNDER_WAY_MAX) settledBefore.clear()
      shiftSettled()
      return ok({ people, repeatedCount })
    },
    settle(did) {
      pages.find(({ left }) => left.delete(did))?.done.push(did)
      shiftSettled()
    },
    saved: () => ({
      ...(begin !== undefined && { cursor: begin }),
      entries: settledEntries,
      settled: [...settledBefore, ...pages.flatMap(({ done }) => done)],
      ...(isRead && pages.length === 0 && { isOver: true }),
    }),
  }
}

export function createMet(): Met {
  const lists = new Map<Did, string>()
  return {
    meet(did, list) {
      const known = lists.get(did)
      lists.set(did, list)
      if (lists.size > MET_MAX) lists.delete(lists.keys().next().value!)
      if (known === undefined) return 'new'
      return known === list ? 'here' : 'elsewhere'
    },
  }
}

/** Whether a list still leads somewhere. Takes no more memory for a long list than for a short one. */
export function createListGuard(begin: string | undefined): {
  /** Why the page at `cursor` is not asked for; undefined where it may be. */
  follow(cursor: string | undefined, page: { readonly hasNews: boolean }): string | undefined
} {
  let pages = 0
  let pagesWithoutNews = 0
  // Brent's way to notice a circle (1980): one place is remembered, and another one after twice as many steps.
  let marked = begin
  let stepsMax = 1
  let steps = 0
  return {
    follow(cursor, { hasNews }) {
      if (cursor === undefined) return undefined
      if (cursor === marked) return 'the list leads back to where it was'
      if (++steps === stepsMax) {
        marked = cursor
        stepsMax *= 2
        steps = 0
      }
      pagesWithoutNews = hasNews ? 0 : pagesWithoutNews + 1
      if (pagesWithoutNews >= PAGES_WITHOUT_NEWS_MAX) return 'the list goes on and names nobody new'
      return ++pages >= PAGES_MAX ? 'the list does not end' : undefined
    },
  }
}
