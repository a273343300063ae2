import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { navigate, usePathname } from 'wouter/use-browser-location'
import { LivePage } from './pages/live-page.tsx'
import { checkInPath, livePath, readPath, type Route } from './paths.ts'
import { Header } from './shell/header.tsx'
import { OfflineBanner } from './shell/offline-banner.tsx'
import { TabBar } from './shell/tab-bar.tsx'
import { ErrorBoundary, PageSkeleton } from './ui/states.tsx'
import { say, Toasts } from './ui/toast.tsx'

/** Everything but the live page is loaded when it is asked for. */
const CheckinPage = lazy(async () => ({ default: (await import('./pages/checkin-page.tsx')).CheckinPage }))
const PlacePage = lazy(async () => ({ default: (await import('./pages/place-page.tsx')).PlacePage }))
const PersonPage = lazy(async () => ({ default: (await import('./pages/person-page.tsx')).PersonPage }))
const SearchPage = lazy(async () => ({ default: (await import('./pages/search-page.tsx')).SearchPage }))
const SignInPage = lazy(async () => ({ default: (await import('./pages/sign-in-page.tsx')).SignInPage }))
const AboutPage = lazy(async () => ({ default: (await import('./pages/about-page.tsx')).AboutPage }))
const NotFoundPage = lazy(async () => ({ default: (await import('./pages/not-found-page.tsx')).NotFoundPage }))
const Composer = lazy(async () => ({ default: (await import('./compose/composer.tsx')).Composer }))

/** The map of the app: an address in, a page out. Checking in is a dialog over whatever page one comes from. */
export function Routes() {
  const pathname = usePathname()
  const route = readPath(pathname)
  const isComposing = route.page === 'check-in'
  const [beneath, setBeneath] = useState(isComposing ? livePath : pathname)
  if (!isComposing && beneath !== pathname) setBeneath(pathname)
  const shown = isComposing ? readPath(beneath) : route
  useArrival(beneath)
  useSignInOutcome()

  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Header page={shown.page} here={beneath} />
      <OfflineBanner />
      <main id="main" className="main" tabIndex={-1} data-page={shown.page}>
        <ErrorBoundary key={beneath}>
          <Suspense fallback={<PageSkeleton label="Loading the page" />}>
            <Page route={shown} />
          </Suspense>
        </ErrorBoundary>
      </main>
      <TabBar page={shown.page} here={beneath} />
      {isComposing && (
        <Suspense fallback={null}>
          <Composer onClose={() => closeComposer(beneath)} />
        </Suspense>
      )}
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
    case 'search':
      return <SearchPage />
    case 'sign-in':
      return <SignInPage />
    case 'about':
      return <AboutPage />
    case 'not-found':
      return <NotFoundPage />
  }
}

function closeComposer(beneath: string): void {
  if (location.pathname === checkInPath) navigate(beneath, { replace: true })
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
    say(outcome === 'denied' ? 'You did not allow the sign-in.' : 'Signing in did not work. Please try again.')
    history.replaceState(history.state, '', location.pathname)
  }, [])
}
