import { Bell, MapPin, Search } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { Link } from 'wouter'
import { checkInPath, livePath, notificationsPath, type Route, searchPath, signInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { Logo } from '../ui/logo.tsx'
import { useUnseen } from './unseen.ts'

const AccountMenu = lazy(async () => ({ default: (await import('./account-menu.tsx')).AccountMenu }))

interface HeaderProps {
  readonly page: Route['page']
  /** Where a sign-in leads back to. */
  readonly here: string
}

export function Header({ page, here }: HeaderProps) {
  const { status, actor } = useSession()
  return (
    <header className="header">
      <Link href={livePath} className="header-home" aria-label="Waypost, live">
        <Logo />
      </Link>
      <nav className="header-nav" aria-label="Main">
        <Link href={livePath} aria-current={page === 'live' ? 'page' : undefined}>
          Live
        </Link>
        <Link href={searchPath} className="header-search" aria-current={page === 'search' ? 'page' : undefined}>
          <Search size={17} aria-hidden="true" />
          <span>Search</span>
        </Link>
      </nav>
      <div className="header-end">
        <Link href={checkInPath} className="button button-sun header-checkin">
          <MapPin size={18} strokeWidth={2.2} aria-hidden="true" />
          Check in
        </Link>
        {status === 'signed-in' && <NotificationBell isHere={page === 'notifications'} />}
        {status === 'signed-in' && actor !== undefined && (
          <Suspense fallback={<span className="header-wait" aria-hidden="true" />}>
            <AccountMenu actor={actor} />
          </Suspense>
        )}
        {status === 'signed-out' && page !== 'sign-in' && (
          <Link href={signInPath(here)} className="button button-quiet header-signin">
            Sign in
          </Link>
        )}
        {status === 'unknown' && <span className="header-wait" aria-hidden="true" />}
      </div>
    </header>
  )
}

function NotificationBell({ isHere }: { readonly isHere: boolean }) {
  const unseen = useUnseen()
  const label = unseen === 0 ? 'Notifications' : `Notifications, ${unseen >= 100 ? 'more than 99' : unseen} new`
  return (
    <Link
      href={notificationsPath}
      className="icon-button header-bell"
      aria-label={label}
      title={label}
      aria-current={isHere ? 'page' : undefined}
    >
      <Bell size={20} aria-hidden="true" />
      {unseen > 0 && <span className="bell-count">{unseen >= 100 ? '99+' : unseen}</span>}
    </Link>
  )
}
