import type { app } from '@waypost/lexicon'
import { HERE_MS } from '#query/notification.ts'
import { checkinPath } from '#serve/client-path.ts'
import { cutText } from '#view/cut-text.ts'

type View = app.waypost.notification.defs.NotificationView

export interface PushMessage {
  /** How long a push service keeps it for a browser that is off. */
  readonly keptSeconds: number
  readonly shown: Shown
}

/** What a browser shows and where it leads. Names of people and places, and no positions. */
export interface Shown {
  readonly title: string
  readonly body: string
  /** Of the client's. */
  readonly path: string
  /** A later one with the same tag takes its place on the screen. */
  readonly tag: string
}

const DAY_SECONDS = 86_400
/** Longer names are cut: a push service takes 4,096 bytes, and a screen less. */
const NAME_MAX = { bytes: 400, graphemes: 100 }

/** For notices that are new, newest first; one says what it is, several how many there are. */
export function pushMessage(notices: readonly [View, ...View[]]): PushMessage {
  const [newest, ...others] = notices
  const title = `${cut(newest.actor.displayName ?? newest.actor.handle)} ${saidOf(newest)}`
  const shown =
    others.length === 0
      ? { title, body: cut(placeOf(newest)), path: pathOf(newest), tag: newest.key }
      : { title, body: `And ${others.length} more`, path: '/notifications', tag: 'several' }
  return { keptSeconds: notices.every(({ kind }) => kind === 'friend-here') ? HERE_MS / 1_000 : DAY_SECONDS, shown }
}

const SAID: Readonly<Record<string, string>> = {
  like: 'likes your check-in',
  comment: 'commented on your check-in',
  reply: 'answered you',
  follow: 'follows you',
  tag: 'says that you were there together',
  'tag-accepted': 'agrees that you were there together',
  'mayor-won': 'lost a crown to you',
  'mayor-lost': 'took a crown from you',
  'friend-here': 'is here too',
}

function saidOf({ kind }: View): string {
  return SAID[kind] ?? 'did something that concerns you'
}

function placeOf({ checkin, place }: View): string {
  return checkin?.place.name ?? place?.name ?? ''
}

function pathOf({ kind, actor, checkin, place }: View): string {
  // A tag is answered there.
  if (kind === 'tag') return '/notifications'
  if (checkin !== undefined) return checkinPath(checkin.uri)
  if (place?.id !== undefined) return `/place/${encodeURIComponent(place.id)}`
  return `/person/${actor.did}`
}

function cut(name: string): string {
  return cutText(name, NAME_MAX)
}
