import { MapPin, Radio, Search, User } from 'lucide-react'
import { Link } from 'wouter'
import { aboutPath, checkInPath, livePath, personPath, type Route, searchPath, signInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { actorOf } from '../ui/names.ts'

interface TabBarProps {
  readonly page: Route['page']
  readonly here: string
}

/** The phone's navigation, within reach of a thumb. */
export function TabBar({ page, here }: TabBarProps) {
  const { status, actor } = useSession()
  const you = status === 'signed-in' && actor !== undefined ? personPath(actorOf(actor)) : signInPath(here)
  const isYou = page === 'sign-in' || here === you
  return (
    <nav className="tabs" aria-label="Main">
      <Link href={livePath} className="tab" aria-current={page === 'live' ? 'page' : undefined}>
        <Radio size={22} aria-hidden="true" />
        Live
      </Link>
      <Link href={searchPath} className="tab" aria-current={page === 'search' ? 'page' : undefined}>
        <Search size={22} aria-hidden="true" />
        Search
      </Link>
      <Link href={checkInPath} className="tab tab-main">
        <span className="tab-bubble">
          <MapPin size={24} strokeWidth={2.2} aria-hidden="true" />
        </span>
        Check in
      </Link>
      <Link href={you} className="tab" aria-current={isYou ? 'page' : undefined}>
        <User size={22} aria-hidden="true" />
        {status === 'signed-in' ? 'You' : 'Sign in'}
      </Link>
      <Link href={aboutPath} className="tab" aria-current={page === 'about' ? 'page' : undefined}>
        <AboutIcon />
        About
      </Link>
    </nav>
  )
}

/** The two arms of our own signpost, in the weight of the icons beside it. */
function AboutIcon() {
  return (
    <svg
      width="22"
      height="22"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      aria-hidden="true"
    >
      <path d="M12 3v18M6 5h10l3 3-3 3H6zM18 14H9l-2.500 2.500L9 19h9z" strokeLinejoin="round" strokeLinecap="round" />
    </svg>
  )
}
