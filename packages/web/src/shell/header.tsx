import { Info, LogOut, MapPin, Monitor, Moon, Search, Sun, User } from 'lucide-react'
import { useId } from 'react'
import { Link } from 'wouter'
import { explain } from '../api.ts'
import { aboutPath, checkInPath, livePath, personPath, type Route, searchPath, signInPath } from '../paths.ts'
import { leave, useSession } from '../session/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Logo } from '../ui/logo.tsx'
import { actorOf, handleOf, nameOf } from '../ui/names.ts'
import { chooseTheme, type ThemeChoice, useThemeChoice } from '../ui/theme.ts'
import { say } from '../ui/toast.tsx'
import type { ProfileViewBasic } from '../views.ts'

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
        {status === 'signed-in' && actor !== undefined && <AccountMenu actor={actor} />}
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

function AccountMenu({ actor }: { readonly actor: ProfileViewBasic }) {
  const id = useId()
  const close = () => document.getElementById(id)?.hidePopover()
  return (
    <>
      <button type="button" className="account-button" popoverTarget={id} aria-label="Account menu">
        <Avatar person={actor} size="s" />
      </button>
      <div id={id} popover="auto" className="menu">
        <div className="menu-who">
          <Avatar person={actor} />
          <p>
            <strong>
              <bdi>{nameOf(actor)}</bdi>
            </strong>
            <span>{handleOf(actor)}</span>
          </p>
        </div>
        <Link href={personPath(actorOf(actor))} className="menu-item" onClick={close}>
          <User size={18} aria-hidden="true" />
          Your page
        </Link>
        <Link href={aboutPath} className="menu-item" onClick={close}>
          <Info size={18} aria-hidden="true" />
          About this server
        </Link>
        <ThemeSwitch />
        <button
          type="button"
          className="menu-item"
          onClick={() => void leave().catch((fault: unknown) => say(explain(fault)))}
        >
          <LogOut size={18} aria-hidden="true" />
          Sign out
        </button>
      </div>
    </>
  )
}

const THEMES: readonly (readonly [ThemeChoice, string, typeof Sun])[] = [
  ['system', 'As the device', Monitor],
  ['light', 'Light', Sun],
  ['dark', 'Dark', Moon],
]

export function ThemeSwitch() {
  const choice = useThemeChoice()
  return (
    <div className="segments" role="group" aria-label="Appearance">
      {THEMES.map(([theme, label, Icon]) => (
        <button
          key={theme}
          type="button"
          aria-label={label}
          aria-pressed={choice === theme}
          onClick={() => chooseTheme(theme)}
        >
          <Icon size={17} aria-hidden="true" />
        </button>
      ))}
    </div>
  )
}
