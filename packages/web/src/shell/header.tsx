import { Bell, MapPin, Search, Settings } from 'lucide'
import { lazy, Suspense } from 'react'
import { Link } from 'wouter'
import { t } from '../language/language.ts'
import {
  checkInPath,
  friendsPath,
  livePath,
  notificationsPath,
  type Route,
  searchPath,
  settingsPath,
  signInPath,
} from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { Icon } from '../ui/icon.tsx'
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
      <Link href={livePath} className="header-home" aria-label={t.shell.home}>
        <Logo />
      </Link>
      <nav className="header-nav" aria-label={t.shell.main}>
        <Link href={livePath} aria-current={page === 'live' ? 'page' : undefined}>
          {t.shell.live}
        </Link>
        {status === 'signed-in' && (
          <Link href={friendsPath} aria-current={page === 'friends' ? 'page' : undefined}>
            {t.shell.friends}
          </Link>
        )}
        <Link href={searchPath} className="header-search" aria-current={page === 'search' ? 'page' : undefined}>
          <Icon of={Search} size={17} />
          <span>{t.shell.search}</span>
        </Link>
      </nav>
      <div className="header-end">
        <Link href={checkInPath} className="button button-sun header-checkin">
          <Icon of={MapPin} size={18} strokeWidth={2.2} />
          {t.shell.checkIn}
        </Link>
        {status === 'signed-in' && <NotificationBell isHere={page === 'notifications'} />}
        {status === 'signed-in' && actor !== undefined && (
          <Suspense fallback={<span className="header-wait" aria-hidden="true" />}>
            <AccountMenu actor={actor} />
          </Suspense>
        )}
        {status === 'signed-out' && (
          <Link
            href={settingsPath}
            className="icon-button"
            aria-label={t.shell.settings}
            title={t.shell.settings}
            aria-current={page === 'settings' ? 'page' : undefined}
          >
            <Icon of={Settings} size={20} />
          </Link>
        )}
        {status === 'signed-out' && page !== 'sign-in' && (
          <Link href={signInPath(here)} className="button button-quiet header-signin">
            {t.shell.signIn}
          </Link>
        )}
        {status === 'unknown' && <span className="header-wait" aria-hidden="true" />}
      </div>
    </header>
  )
}

function NotificationBell({ isHere }: { readonly isHere: boolean }) {
  const unseen = useUnseen()
  const label = labelOf(unseen)
  return (
    <Link
      href={notificationsPath}
      className="icon-button header-bell"
      aria-label={label}
      title={label}
      aria-current={isHere ? 'page' : undefined}
    >
      <Icon of={Bell} size={20} />
      {unseen > 0 && <span className="bell-count">{unseen >= 100 ? '99+' : unseen}</span>}
    </Link>
  )
}

function labelOf(unseen: number): string {
  if (unseen === 0) return t.shell.notifications
  return unseen >= 100 ? t.shell.notificationsMany : t.shell.notificationsNew(unseen)
}
