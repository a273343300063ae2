import { ArrowUp, Maximize2, Minimize2, Pause, Play } from 'lucide'
import { lazy, type ReactNode, Suspense, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { Link } from 'wouter'
import { whenQuiet } from '../device/quiet.ts'
import { FeedList } from '../feed/feed-list.tsx'
import { FilterBar, isFiltered } from '../feed/filters.tsx'
import { useFeed } from '../feed/queries.ts'
import { SearchInThese } from '../feed/search-in-these.tsx'
import { t } from '../language/language.ts'
import { numeral } from '../language/formats.ts'
import { feedOf, type LiveState } from '../live/machine.ts'
import { useLive } from '../live/use-live.tsx'
import { LazyMap } from '../map/lazy-map.tsx'
import { WHOLE } from '../map/area.ts'
import { useQuietWideScreen } from '../map/map-mode.ts'
import type { MapView } from '../map/world-map.tsx'
import { checkInPath } from '../paths.ts'
import { Icon } from '../ui/icon.tsx'
import { isReducedMotion, useTitle } from '../ui/media.ts'
import { Segments } from '../ui/segments.tsx'
import { Empty } from '../ui/states.tsx'
import { useAddress } from '../ui/use-address.ts'
import type { CheckinView } from '../views.ts'
import { liveAddress, type Shown } from './live-address.ts'

const SHOWN: readonly Shown[] = ['everywhere', 'map']

const WaitingCheckins = lazy(async () => {
  await whenQuiet()
  return { default: (await import('../outbox/waiting.tsx')).WaitingCheckins }
})

/** Everyone, now: the map beside the newsfeed on a wide screen, above it on a phone. */
export function LivePage() {
  useTitle(undefined)
  const [live, tell] = useLive()
  const everyone = useFeed({ kind: 'global' })
  useEffect(() => {
    if (everyone.query.data !== undefined) tell({ type: 'loaded', items: everyone.items })
  }, [everyone.query.data, everyone.items, tell])
  const everywhere = useMemo(() => feedOf(live, everyone.items), [live, everyone.items])

  const [{ shown, filters, camera }, setAddress] = useAddress(liveAddress)
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
  }
  const { query, items, empty } = feeds[shown]
  const onMap = useDeferredValue(
    useMemo(() => [...live.pending, ...everywhere, ...ofMap.items], [live.pending, everywhere, ofMap.items]),
  )
  const cells = useDeferredValue(ofMap.cells)
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
      <h1 className="visually-hidden">{t.live.heading}</h1>
      <section className="live-map" aria-label={t.live.mapRegion}>
        <LazyMap
          label={t.live.map}
          items={onMap}
          cells={cells}
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
            {isExploring ? <Icon of={Minimize2} size={16} /> : <Icon of={Maximize2} size={16} />}
            {isExploring ? t.live.backToFeed : t.map.explore}
          </button>
        </LazyMap>
      </section>
      <section className="live-feed" aria-label={t.live.newsfeed}>
        <div className="live-bar">
          <LiveStatus live={live} />
          <Segments
            label={t.live.which}
            offered={isMoved ? SHOWN.map((each) => [each, t.live.shown[each]]) : []}
            chosen={shown}
            onChoose={(next) => setAddress({ shown: next, camera: view?.camera })}
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
        <div className="live-new" aria-live="polite">
          {live.pending.length > 0 && (
            <button type="button" className="new-pill" onClick={reveal}>
              <Icon of={ArrowUp} size={16} strokeWidth={2.4} />
              {t.live.fresh(`${numeral(live.pending.length)}${live.overflowed ? '+' : ''}`)}
            </button>
          )}
        </div>
        <Suspense fallback={null}>
          <WaitingCheckins />
        </Suspense>
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

function LiveStatus({ live }: { readonly live: LiveState }) {
  return (
    <h2 className="live-title">
      {t.live.happening}
      <span className="live-state" data-phase={live.phase}>
        <span className="live-dot" aria-hidden="true" />
        {t.live.phases[live.phase]}
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
      aria-label={isPaused ? t.live.resume : t.live.pause}
      title={isPaused ? t.live.resume : t.live.pause}
      onClick={() => tell({ type: isPaused ? 'resumed' : 'paused' })}
    >
      {isPaused ? <Icon of={Play} size={18} /> : <Icon of={Pause} size={18} />}
    </button>
  )
}

function EmptyWorld() {
  return (
    <Empty
      title={t.live.emptyWorld}
      action={
        <Link href={checkInPath} className="button button-sun">
          {t.live.beFirst}
        </Link>
      }
    >
      <p>{t.live.emptyWorldWhy}</p>
    </Empty>
  )
}

function EmptyFilter({ onClear }: { readonly onClear: () => void }) {
  return (
    <Empty
      title={t.live.emptyFilter}
      action={
        <button type="button" className="button button-quiet" onClick={onClear}>
          {t.live.showEverything}
        </button>
      }
    >
      <p>{t.live.emptyFilterWhy}</p>
    </Empty>
  )
}

function EmptyArea() {
  return (
    <Empty title={t.live.emptyArea}>
      <p>{t.live.emptyAreaWhy}</p>
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
