import type { CheckinView, LiveMessage } from '../views.ts'

/**
 * The live feed as a state machine: what happened comes in, the next state and what to do about it come out. It knows no
 * clock, no socket and no React; `stream.ts` is the shell that carries out its effects.
 *
 * Promises: an event is taken once however often it arrives (events carry a rising `seq`); a new check-in never moves
 * what is being read, it waits in `pending` until the reader asks; what was deleted is gone at once, wherever it stood;
 * memory is bounded however long the page stays open.
 */
export interface LiveState {
  readonly phase: 'idle' | 'connecting' | 'live' | 'waiting' | 'paused'
  /** The last event seen: where to go on after a break. */
  readonly cursor: number | undefined
  /** Connections that failed in a row. */
  readonly failures: number
  /** Arrived and let in by the reader, newest first. */
  readonly shown: readonly CheckinView[]
  /** Arrived and waiting for the reader, newest first. */
  readonly pending: readonly CheckinView[]
  /** Newer versions of check-ins that the loaded pages hold. */
  readonly changed: ReadonlyMap<string, CheckinView>
  /** Check-ins and whole accounts. */
  readonly gone: ReadonlySet<string>
  /** What the loaded pages hold, and the time of the newest of it. */
  readonly known: ReadonlySet<string>
  readonly newestAt: string
  /** More came than is kept: letting it in means loading the feed again. */
  readonly overflowed: boolean
}

export type LiveEvent =
  | { readonly type: 'started' }
  | { readonly type: 'stopped' }
  | { readonly type: 'opened' }
  /** `fraction` (0..1) spreads the retries of many clients. */
  | { readonly type: 'broke'; readonly fraction: number }
  | { readonly type: 'retryDue' }
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  /**
   * One position of the log may bring several changes; only the last of them moves the cursor, so that a break between
   * two of them brings both again.
   */
  | { readonly type: 'received'; readonly message: LiveMessage; readonly isLast: boolean }
  /** The server said why it ends the connection, which then breaks. */
  | { readonly type: 'faulted'; readonly error: string }
  /** The first page, asked again after a gap. */
  | { readonly type: 'refreshed'; readonly items: readonly CheckinView[] }
  /** The pages that the feed shows. */
  | { readonly type: 'loaded'; readonly items: readonly CheckinView[] }
  | { readonly type: 'revealed' }
  /** This person deleted a check-in of theirs: no need to wait for the news of it. */
  | { readonly type: 'deleted'; readonly uri: string }

export type LiveEffect =
  | { readonly do: 'open'; readonly cursor: number | undefined }
  | { readonly do: 'close' }
  | { readonly do: 'retry'; readonly ms: number }
  | { readonly do: 'refresh' }
  | { readonly do: 'reload' }
  | { readonly do: 'askServer' }

export interface LiveStep {
  readonly state: LiveState
  readonly effects: readonly LiveEffect[]
}

/** Past this the oldest waiting ones are dropped, and letting them in loads the feed again. */
export const PENDING_MAX = 200
/** Past this the oldest remembered changes and deletions are forgotten: the next load has them anyway. */
export const REMEMBERED_MAX = 1_000
const RETRY_MS_MIN = 1_000
const RETRY_MS_MAX = 60_000
/** A check-in this much older than the newest shown is an import or a late arrival, not news. */
const NEWS_AGE_MS_MAX = 60 * 60_000

export const initialLive: LiveState = {
  phase: 'idle',
  cursor: undefined,
  failures: 0,
  shown: [],
  pending: [],
  changed: new Map(),
  gone: new Set(),
  known: new Set(),
  newestAt: '',
  overflowed: false,
}

export function step(state: LiveState, event: LiveEvent): LiveStep {
  switch (event.type) {
    case 'started':
      return state.phase === 'idle' ? connect(state) : stay(state)
    case 'stopped':
      return state.phase === 'idle' ? stay(state) : { state: { ...state, phase: 'idle' }, effects: [{ do: 'close' }] }
    case 'opened':
      if (state.phase !== 'connecting') return stay(state)
      // Without a cursor nobody can say what came between the loading of the feed and now, so it is asked once more.
      return {
        state: { ...state, phase: 'live', failures: 0 },
        effects: state.cursor === undefined ? [{ do: 'refresh' }] : [],
      }
    case 'broke':
      return broke(state, event.fraction)
    case 'retryDue':
      return state.phase === 'waiting' ? connect(state) : stay(state)
    case 'paused':
      if (state.phase === 'idle' || state.phase === 'paused') return stay(state)
      return { state: { ...state, phase: 'paused' }, effects: [{ do: 'close' }] }
    case 'resumed':
      return state.phase === 'paused' ? connect(state) : stay(state)
    case 'received':
      return receive(state, event.message, event.isLast)
    case 'faulted':
      // It says of itself what it leaves out; until then each connection that is refused is a break like any other.
      if (event.error === 'BudgetExceeded') return { state, effects: [{ do: 'askServer' }] }
      // A server that was put back to an older state does not know our cursor: begin anew rather than ask for ever.
      return stay(event.error === 'FutureCursor' ? { ...state, cursor: undefined } : state)
    case 'refreshed':
      return stay(refreshed(state, event.items))
    case 'loaded':
      return stay(loaded(state, event.items))
    case 'revealed':
      return reveal(state)
    case 'deleted':
      return stay(drop(state, event.uri))
  }
}

/** The feed as shown: what was let in, then the loaded pages, each check-in once, in its newest version. */
export function feedOf(state: LiveState, pages: readonly CheckinView[]): CheckinView[] {
  const seen = new Set<string>()
  const feed: CheckinView[] = []
  for (const item of [...state.shown, ...pages]) {
    if (seen.has(item.uri) || isGone(state, item)) continue
    seen.add(item.uri)
    feed.push(newer(item, state.changed.get(item.uri)))
  }
  return feed
}

function stay(state: LiveState): LiveStep {
  return { state, effects: [] }
}

function connect(state: LiveState): LiveStep {
  return { state: { ...state, phase: 'connecting' }, effects: [{ do: 'open', cursor: state.cursor }] }
}

function broke(state: LiveState, fraction: number): LiveStep {
  if (state.phase !== 'connecting' && state.phase !== 'live') return stay(state)
  const failures = state.failures + 1
  const ceiling = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(failures - 1, 10))
  const ms = Math.round(ceiling / 2 + (ceiling / 2) * fraction)
  return { state: { ...state, phase: 'waiting', failures }, effects: [{ do: 'close' }, { do: 'retry', ms }] }
}

function receive(state: LiveState, message: LiveMessage, isLast: boolean): LiveStep {
  if (state.phase !== 'live' && state.phase !== 'connecting') return stay(state)
  if ('name' in message) {
    if (message.name !== 'OutdatedCursor') return stay(state)
    return { state: { ...state, cursor: undefined }, effects: [{ do: 'refresh' }] }
  }
  if (state.cursor !== undefined && message.seq <= state.cursor) return stay(state)
  const next = isLast ? { ...state, cursor: message.seq } : state
  return stay(
    'checkin' in message ? take(next, message.checkin) : drop(next, 'did' in message ? message.did : message.uri),
  )
}

function take(state: LiveState, item: CheckinView): LiveState {
  if (isGone(state, item)) state = { ...state, gone: without(state.gone, item.uri, item.author.did) }
  const replace = (items: readonly CheckinView[]) => items.map((one) => (one.uri === item.uri ? newer(one, item) : one))
  const has = (items: readonly CheckinView[]) => items.some(({ uri }) => uri === item.uri)
  if (has(state.pending)) return { ...state, pending: replace(state.pending) }
  if (has(state.shown)) return { ...state, shown: replace(state.shown) }
  if (state.known.has(item.uri)) {
    const changed = new Map(state.changed)
    changed.delete(item.uri)
    changed.set(item.uri, item)
    return { ...state, changed: new Map([...changed].slice(-REMEMBERED_MAX)) }
  }
  if (!isNews(item, state.newestAt)) return state
  const pending = [...state.pending, item].toSorted(byNewest)
  return {
    ...state,
    pending: pending.slice(0, PENDING_MAX),
    overflowed: state.overflowed || pending.length > PENDING_MAX,
  }
}

function isGone({ gone }: LiveState, { uri, author }: CheckinView): boolean {
  return gone.has(uri) || gone.has(author.did)
}

/** A check-in, or all of an account. */
function drop(state: LiveState, subject: string): LiveState {
  const others = (items: readonly CheckinView[]) =>
    items.filter(({ uri, author }) => uri !== subject && author.did !== subject)
  const gone = new Set([...without(state.gone, subject), subject].slice(-REMEMBERED_MAX))
  return { ...state, gone, shown: others(state.shown), pending: others(state.pending) }
}

function refreshed(state: LiveState, items: readonly CheckinView[]): LiveState {
  const met = new Set([...state.known, ...state.shown.map(({ uri }) => uri), ...state.pending.map(({ uri }) => uri)])
  const isGap = items.length > 0 && met.size > 0 && !items.some(({ uri }) => met.has(uri))
  const next = items.reduce((all, item) => (isGone(state, item) ? all : take(all, item)), state)
  return isGap ? { ...next, overflowed: true } : next
}

function loaded(state: LiveState, items: readonly CheckinView[]): LiveState {
  const known = new Set(items.map(({ uri }) => uri))
  const newestAt = items.reduce((newest, { sortAt }) => (sortAt > newest ? sortAt : newest), '')
  const pending = state.pending.filter((item) => !known.has(item.uri) && isNews(item, newestAt))
  return { ...state, known, newestAt, pending }
}

function reveal(state: LiveState): LiveStep {
  if (state.overflowed) {
    return { state: { ...state, shown: [], pending: [], overflowed: false }, effects: [{ do: 'reload' }] }
  }
  return stay({ ...state, shown: [...state.pending, ...state.shown].toSorted(byNewest), pending: [] })
}

/** Live views are nobody's in particular: what the viewer did is kept from the view that knew it. */
function newer(item: CheckinView, change: CheckinView | undefined): CheckinView {
  if (change === undefined || change === item) return item
  return change.viewer === undefined && item.viewer !== undefined ? { ...change, viewer: item.viewer } : change
}

function isNews(item: CheckinView, newestAt: string): boolean {
  return newestAt === '' || Date.parse(item.sortAt) > Date.parse(newestAt) - NEWS_AGE_MS_MAX
}

function byNewest(a: CheckinView, b: CheckinView): number {
  return a.sortAt < b.sortAt ? 1 : a.sortAt > b.sortAt ? -1 : a.uri < b.uri ? 1 : -1
}

function without(all: ReadonlySet<string>, ...some: readonly string[]): ReadonlySet<string> {
  return new Set([...all].filter((one) => !some.includes(one)))
}
