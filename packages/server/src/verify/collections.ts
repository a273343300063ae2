import { isTid, type Nsid } from '@waypost/kernel'

interface Rule {
  /** Whether a record of it makes its author a member. */
  readonly tracking: boolean
  readonly key: 'tid' | 'self'
}

/**
 * The collections that are kept, and nothing else is. A like of the community's lexicon and a follow are everywhere on
 * the network: they are kept of members, and the like's own rules say what it is worth.
 */
const RULES = {
  'app.waypost.checkin': { tracking: true, key: 'tid' },
  'app.waypost.place': { tracking: true, key: 'tid' },
  'app.waypost.comment': { tracking: true, key: 'tid' },
  'app.waypost.tip': { tracking: true, key: 'tid' },
  'app.waypost.companion': { tracking: true, key: 'tid' },
  'app.waypost.list': { tracking: true, key: 'tid' },
  'app.waypost.listItem': { tracking: true, key: 'tid' },
  'app.waypost.listFollow': { tracking: true, key: 'tid' },
  'app.waypost.placeLink': { tracking: true, key: 'tid' },
  'app.waypost.profile': { tracking: true, key: 'self' },
  'community.lexicon.interaction.like': { tracking: true, key: 'tid' },
  'community.lexicon.calendar.rsvp': { tracking: true, key: 'tid' },
  'app.bsky.graph.follow': { tracking: false, key: 'tid' },
  'app.bsky.graph.block': { tracking: false, key: 'tid' },
  'app.bsky.actor.profile': { tracking: false, key: 'self' },
  'app.dropanchor.checkin': { tracking: true, key: 'tid' },
  'app.dropanchor.comment': { tracking: true, key: 'tid' },
  'app.dropanchor.like': { tracking: true, key: 'tid' },
  'app.beaconbits.beacon': { tracking: true, key: 'tid' },
  'app.beaconbits.beacon.like': { tracking: true, key: 'tid' },
} as const satisfies Record<string, Rule>

export type Collection = keyof typeof RULES

export function isOurs(collection: string): collection is Collection {
  return Object.hasOwn(RULES, collection)
}

/** Whether a record in this collection makes its author a member. */
export function makesMember(collection: string): boolean {
  return isOurs(collection) && RULES[collection].tracking
}

/** All those of which a record makes its author a member. */
export const MEMBER_COLLECTIONS: readonly Collection[] = Object.keys(RULES).filter(isOurs).filter(makesMember)

/** The record keys that the collection's lexicon allows. The key's general syntax was checked with the path. */
export function keyFits(collection: Collection, rkey: string): boolean {
  const { key }: Rule = RULES[collection]
  if (key === 'tid') return isTid(rkey)
  return rkey === key
}

/** `collection/rkey`, whose form was checked before. */
export function splitPath(path: string): { collection: Nsid; rkey: string } {
  const slash = path.indexOf('/')
  return { collection: path.slice(0, slash) as Nsid, rkey: path.slice(slash + 1) }
}
