import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { navigate, usePathname } from 'wouter/use-browser-location'
import { whenQuiet } from './device/quiet.ts'
import { t, useLanguage } from './language/language.ts'
import { LivePage } from './pages/live-page.tsx'
import { checkInPath, livePath, readPath, type Route } from './paths.ts'
import { PreviewHost } from './preview/preview-host.tsx'
import { Header } from './shell/header.tsx'
import { OfflineBanner } from './shell/offline-banner.tsx'
import { ShedBanner } from './shell/shed-banner.tsx'
import { TabBar } from './shell/tab-bar.tsx'
import { useCategories } from './ui/category.ts'
import { ErrorBoundary, PageSkeleton } from './ui/states.tsx'
import { say, Toasts } from './ui/toast.tsx'

const LATER = {
  checkin: () => import('./pages/checkin-page.tsx'),
  place: () => import('./pages/place-page.tsx'),
  person: () => import('./pages/person-page.tsx'),
  friends: () => import('./pages/friends-page.tsx'),
  search: () => import('./pages/search-page.tsx'),
  list: () => import('./pages/list-page.tsx'),
  lists: () => import('./pages/lists-page.tsx'),
  rules: () => import('./pages/rules-page.tsx'),
  notifications: () => import('./pages/notifications-page.tsx'),
  signIn: () => import('./pages/sign-in-page.tsx'),
  settings: () => import('./pages/settings-page.tsx'),
  about: () => import('./pages/about-page.tsx'),
  notFound: () => import('./pages/not-found-page.tsx'),
  composer: () => import('./compose/composer.tsx'),
}

/** Everything but the live page is loaded when it is asked for, or when the page has been quiet for a while. */
const CheckinPage = lazy(async () => ({ default: (await LATER.checkin()).CheckinPage }))
const PlacePage = lazy(async () => ({ default: (await LATER.place()).PlacePage }))
const PersonPage = lazy(async () => ({ default: (await LATER.person()).PersonPage }))
const FriendsPage = lazy(async () => ({ default: (await LATER.friends()).FriendsPage }))
const SearchPage = lazy(async () => ({ default: (await LATER.search()).SearchPage }))
const ListPage = lazy(async () => ({ default: (await LATER.list()).ListPage }))
const ListsPage = lazy(async () => ({ default: (await LATER.lists()).ListsPage }))
const RulesPage = lazy(async () => ({ default: (await LATER.rules()).RulesPage }))
const NotificationsPage = lazy(async () => ({ default: (await LATER.notifications()).NotificationsPage }))
const SignInPage = lazy(async () => ({ default: (await LATER.signIn()).SignInPage }))
const SettingsPage = lazy(async () => ({ default: (await LATER.settings()).SettingsPage }))
const AboutPage = lazy(async () => ({ default: (await LATER.about()).AboutPage }))
const NotFoundPage = lazy(async () => ({ default: (await LATER.notFound()).NotFoundPage }))
/** For the few who run the server: it is not fetched with the rest. */
const OpsPage = lazy(async () => ({ default: (await import('./ops/ops-page.tsx')).OpsPage }))
/** Only while the client is being developed: it is in no build. */
const Gallery = import.meta.env.DEV
  ? lazy(async () => ({ default: (await import('./gallery/gallery.tsx')).Gallery }))
  : undefined
const GALLERY_PATH = '/ui'
const Composer = lazy(async () => ({ default: (await LATER.composer()).Composer }))
const NewVersion = lazy(async () => {
  await whenQuiet()
  return { default: (await import('./shell/new-version.tsx')).NewVersion }
})
const OutboxKeeper = lazy(async () => {
  await whenQuiet()
  return { default: (await import('./outbox/keeper.tsx')).OutboxKeeper }
})

const FETCH_REST_AFTER_MS = 4_000

/** Some 30 kB that make every later step instant, and keep the app whole where the connection goes. */
async function fetchRest(): Promise<void> {
  for (const load of Object.values(LATER)) {
    await whenQuiet()
    await load().catch(() => undefined)
  }
}

/** The map of the app: an address in, a page out. Checking in is a dialog over whatever page one comes from. */
export function Routes() {
  // Everything below is drawn again with them.
  useLanguage()
  useCategories()
  const pathname = usePathname()
  const route = readPath(pathname)
  const isComposing = route.page === 'check-in'
  const [hasComeForIt] = useState(isComposing)
  const [beneath, setBeneath] = useState(isComposing ? livePath : pathname)
  if (!isComposing && beneath !== pathname) setBeneath(pathname)
  const shown = isComposing ? readPath(beneath) : route
  useArrival(beneath)
  useSignInOutcome()
  useEffect(() => {
    const rest = setTimeout(() => void fetchRest(), FETCH_REST_AFTER_MS)
    return () => clearTimeout(rest)
  }, [])

  return (
    <>
      <a className="skip" href="#main">
        {t.shell.skip}
      </a>
      <Header page={shown.page} here={beneath} />
      <OfflineBanner />
      <ShedBanner />
      <main id="main" className="main" tabIndex={-1} data-page={shown.page}>
        <ErrorBoundary key={beneath}>
          <Suspense fallback={<PageSkeleton label={t.states.loadingPage} />}>
            <Page route={shown} />
          </Suspense>
        </ErrorBoundary>
      </main>
      <TabBar page={shown.page} here={beneath} />
      {isComposing && (
        <Suspense fallback={null}>
          <Composer onClose={() => closeComposer(beneath, hasComeForIt)} />
        </Suspense>
      )}
      <PreviewHost />
      <Suspense fallback={null}>
        <OutboxKeeper />
        {!isComposing && <NewVersion />}
      </Suspense>
      <Toasts />
    </>
  )
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'live':
    case 'check-in':
      return <LivePage />
    case 'checkin':
      return <CheckinPage did={route.did} collection={route.collection} rkey={route.rkey} />
    case 'place':
      return <PlacePage id={route.id} />
    case 'person':
      return <PersonPage actor={route.actor} />
    case 'friends':
      return <FriendsPage />
    case 'search':
      return <SearchPage />
    case 'list':
      return <ListPage did={route.did} rkey={route.rkey} />
    case 'lists':
      return <ListsPage />
    case 'rules':
      return <RulesPage />
    case 'notifications':
      return <NotificationsPage />
    case 'sign-in':
      return <SignInPage />
    case 'settings':
      return <SettingsPage />
    case 'ops':
      return <OpsPage />
    case 'about':
      return <AboutPage />
    case 'not-found':
      return Gallery !== undefined && location.pathname === GALLERY_PATH ? <Gallery /> : <NotFoundPage />
  }
}

/** Closing goes back to the page beneath; whoever came by the dialog's own address has nothing to go back to. */
function closeComposer(beneath: string, hasComeForIt: boolean): void {
  if (location.pathname !== checkInPath) return
  if (hasComeForIt) navigate(beneath, { replace: true })
  else history.back()
}

/** A new page begins at its top and has the focus; going back leaves both to the browser. */
function useArrival(pathname: string): void {
  const isBack = useRef(true)
  useEffect(() => {
    const wentBack = () => {
      isBack.current = true
    }
    window.addEventListener('popstate', wentBack)
    return () => window.removeEventListener('popstate', wentBack)
  }, [])
  useEffect(() => {
    if (isBack.current) {
      isBack.current = false
      return
    }
    window.scrollTo(0, 0)
    document.getElementById('main')?.focus({ preventScroll: true })
  }, [pathname])
}

/** A sign-in that failed on the way ends here, with the outcome in the address. */
function useSignInOutcome(): void {
  useEffect(() => {
    const outcome = new URLSearchParams(location.search).get('sign-in')
    if (outcome === null) return
    say(outcome === 'denied' ? t.faults.signInDenied : t.faults.signInFailed)
    history.replaceState(history.state, '', location.pathname)
  }, [])
}
