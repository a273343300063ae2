import { ArrowUp, Maximize2, Minimize2, Pause, Play } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { Link } from 'wouter'
import { FeedList } from '../feed/feed-list.tsx'
import { FilterBar, isFiltered } from '../feed/filters.tsx'
import { useFeed } from '../feed/queries.ts'
import { SearchInThese } from '../feed/search-in-these.tsx'
import { feedOf, type LiveState } from '../live/machine.ts'
import { useLive } from '../live/use-live.tsx'
import { LazyMap } from '../map/lazy-map.tsx'
import { WHOLE } from '../map/area.ts'
import { useQuietWideScreen } from '../map/map-mode.ts'
import type { MapView } from '../map/world-map.tsx'
import { checkInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { isReducedMotion, useTitle } from '../ui/media.ts'
import { Empty } from '../ui/states.tsx'
import { useAddress } from '../ui/use-address.ts'
import type { CheckinView } from '../views.ts'
import { liveAddress, type Shown } from './live-address.ts'

const Board = lazy(async () => ({ default: (await import('../feed/board.tsx')).Board }))

/** Everyone, now: the map beside the newsfeed on a wide screen, above it on a phone. */
export function LivePage() {
  useTitle(undefined)
  const [live, tell] = useLive()
  const everyone = useFeed({ kind: 'global' })
  useEffect(() => {
    if (everyone.query.data !== undefined) tell({ type: 'loaded', items: everyone.items })
  }, [everyone.query.data, everyone.items, tell])
  const everywhere = useMemo(() => feedOf(live, everyone.items), [live, everyone.items])

  const { status } = useSession()
  const [{ shown: asked, filters, camera }, setAddress] = useAddress(liveAddress)
  const isPersonal = asked === 'following' || asked === 'friends'
  const shown = isPersonal && status === 'signed-out' ? 'everywhere' : asked
  const [start] = useState(camera)
  const [view, setView] = useState<MapView>()
  const narrowed = useFeed({ kind: 'global', filters }, { enabled: shown === 'everywhere' && isFiltered(filters) })
  const { area, zoom } = view ?? WHOLE
  const ofMap = useFeed({ kind: 'map', area, zoom }, { enabled: start === undefined || view !== undefined })
  const feeds: Readonly<Record<Shown, ShownFeed>> = {
    everywhere: isFiltered(filters)
      ? { ...narrowed, empty: <EmptyFilter onClear={() => setAddress({ filters: {} })} /> }
      : { query: everyone.query, items: everywhere, empty: <EmptyWorld /> },
    map: { ...ofMap, empty: <EmptyArea /> },
    following: { ...useFeed({ kind: 'timeline' }, { enabled: shown === 'following' }), empty: <EmptyFollowing /> },
    friends: { ...useFeed({ kind: 'friends' }, { enabled: shown === 'friends' }), empty: <EmptyFollowing /> },
  }
  const { query, items, empty } = feeds[shown]
  const onMap = useMemo(() => [...live.pending, ...everywhere, ...ofMap.items], [live.pending, everywhere, ofMap.items])
  const fresh = useFresh(live.pending)
  const [pointed, setPointed] = useState<string>()
  const [isExploring, setExploring] = useState(false)
  const isQuiet = useQuietWideScreen()

  const [isMoved, setMoved] = useState(start !== undefined)
  const look = (now: MapView) => {
    setView(now)
    if (!now.isByHand) return
    setMoved(true)
    setAddress({ shown: 'map', camera: now.camera })
  }

  const reveal = () => {
    tell({ type: 'revealed' })
    setAddress({ shown: 'everywhere', filters: {} })
    window.scrollTo({ top: 0, behavior: isReducedMotion() ? 'auto' : 'smooth' })
  }

  return (
    <div className="live" data-exploring={isExploring || undefined}>
      <h1 className="visually-hidden">Live check-ins</h1>
      <section className="live-map" aria-label="Map of check-ins">
        <LazyMap
          label="Map of recent check-ins"
          items={onMap}
          cells={ofMap.cells}
          gone={live.gone}
          isLoaded={!everyone.query.isPending && !ofMap.query.isLoading}
          fresh={fresh}
          pointed={pointed}
          mode={isExploring || isQuiet || isMoved ? 'live' : 'still'}
          start={start}
          isExact={start !== undefined}
          onView={look}
        >
          <button
            type="button"
            className="button button-raised map-explore"
            onClick={() => setExploring((old) => !old)}
          >
            {isExploring ? <Minimize2 size={16} aria-hidden="true" /> : <Maximize2 size={16} aria-hidden="true" />}
            {isExploring ? 'Back to the feed' : 'Explore the map'}
          </button>
        </LazyMap>
      </section>
      <section className="live-feed" aria-label="Newsfeed">
        <div className="live-bar">
          <LiveStatus live={live} />
          <Segments
            shown={shown}
            offered={[
              'everywhere',
              ...(isMoved ? (['map'] as const) : []),
              ...(status === 'signed-in' ? (['following', 'friends'] as const) : []),
            ]}
            onShow={(next) => setAddress({ shown: next, camera: view?.camera })}
          />
          <PauseButton live={live} tell={tell} />
        </div>
        {shown === 'everywhere' && (
          <FilterBar
            filters={filters}
            onFilter={(change) => setAddress((old) => ({ filters: { ...old.filters, ...change } }))}
          />
        )}
        {shown === 'map' && (
          <p className="live-search">
            <SearchInThese preset={{ area: [area.north, area.south, area.west, area.east].join(',') }} />
          </p>
        )}
        {shown === 'friends' && (
          <Suspense fallback={null}>
            <Board />
          </Suspense>
        )}
        <div className="live-new" aria-live="polite">
          {live.pending.length > 0 && (
            <button type="button" className="new-pill" onClick={reveal}>
              <ArrowUp size={16} strokeWidth={2.4} aria-hidden="true" />
              {live.pending.length}
              {live.overflowed ? '+' : ''} new
            </button>
          )}
        </div>
        <FeedList
          items={items.filter(({ uri }) => !live.gone.has(uri))}
          query={query}
          onPoint={setPointed}
          empty={empty}
        />
      </section>
    </div>
  )
}

interface ShownFeed {
  readonly query: ReturnType<typeof useFeed>['query']
  readonly items: readonly CheckinView[]
  readonly empty: ReactNode
}

const SHOWN: Readonly<Record<Shown, string>> = {
  everywhere: 'Everywhere',
  map: 'On the map',
  following: 'Following',
  friends: 'Friends',
}

interface SegmentsProps {
  readonly shown: Shown
  readonly offered: readonly Shown[]
  readonly onShow: (shown: Shown) => void
}

function Segments({ shown, offered, onShow }: SegmentsProps) {
  if (offered.length < 2) return null
  return (
    <div className="segments segments-words" role="group" aria-label="Which check-ins">
      {offered.map((each) => (
        <button key={each} type="button" aria-pressed={each === shown} onClick={() => onShow(each)}>
          {SHOWN[each]}
        </button>
      ))}
    </div>
  )
}

const STATUS: Readonly<Record<LiveState['phase'], string>> = {
  idle: 'Connecting',
  connecting: 'Connecting',
  live: 'Live',
  waiting: 'Reconnecting',
  paused: 'Paused',
}

function LiveStatus({ live }: { readonly live: LiveState }) {
  return (
    <h2 className="live-title">
      Happening now
      <span className="live-state" data-phase={live.phase}>
        <span className="live-dot" aria-hidden="true" />
        {STATUS[live.phase]}
      </span>
    </h2>
  )
}

function PauseButton({ live, tell }: { readonly live: LiveState; readonly tell: ReturnType<typeof useLive>[1] }) {
  const isPaused = live.phase === 'paused'
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={isPaused ? 'Resume live updates' : 'Pause live updates'}
      title={isPaused ? 'Resume live updates' : 'Pause live updates'}
      onClick={() => tell({ type: isPaused ? 'resumed' : 'paused' })}
    >
      {isPaused ? <Play size={18} aria-hidden="true" /> : <Pause size={18} aria-hidden="true" />}
    </button>
  )
}

function EmptyWorld() {
  return (
    <Empty
      title="Nobody has checked in yet"
      action={
        <Link href={checkInPath} className="button button-sun">
          Be the first
        </Link>
      }
    >
      <p>The first check-in appears here the moment it is made.</p>
    </Empty>
  )
}

function EmptyFilter({ onClear }: { readonly onClear: () => void }) {
  return (
    <Empty
      title="Nothing of that kind lately"
      action={
        <button type="button" className="button button-quiet" onClick={onClear}>
          Show everything
        </button>
      }
    >
      <p>Choose another category, or look further back.</p>
    </Empty>
  )
}

function EmptyArea() {
  return (
    <Empty title="Nobody has checked in here">
      <p>Move the map, zoom out, or go back to everywhere.</p>
    </Empty>
  )
}

function EmptyFollowing() {
  return (
    <Empty title="Nothing from the people you follow yet">
      <p>Open somebody's page and follow them: their check-ins are listed here, and yours.</p>
    </Empty>
  )
}

/** How long a pin pulses after its check-in arrived. */
const FRESH_MS = 30_000

/** The check-ins that arrived within the last moments. */
function useFresh(pending: readonly CheckinView[]): ReadonlySet<string> {
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set())
  const seen = useRef(new Set<string>())
  useEffect(() => {
    const arrived = pending.map(({ uri }) => uri as string).filter((uri) => !seen.current.has(uri))
    if (arrived.length === 0) return
    for (const uri of arrived) seen.current.add(uri)
    setFresh((old) => new Set([...old, ...arrived]))
    // No cleanup: what arrived fades after its time also when more has arrived since.
    setTimeout(() => setFresh((old) => new Set([...old].filter((uri) => !arrived.includes(uri)))), FRESH_MS)
  }, [pending])
  return fresh
}
