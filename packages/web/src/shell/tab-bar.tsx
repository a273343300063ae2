import { MapPin, Radio, Search, User, Users } from 'lucide'
import { Link } from 'wouter'
import { t } from '../language/language.ts'
import {
  aboutPath,
  checkInPath,
  friendsPath,
  livePath,
  personPath,
  type Route,
  searchPath,
  signInPath,
} from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { Icon } from '../ui/icon.tsx'
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
    <nav className="tabs" aria-label={t.shell.main}>
      <Link href={livePath} className="tab" aria-current={page === 'live' ? 'page' : undefined}>
        <Icon of={Radio} size={22} />
        {t.shell.live}
      </Link>
      <Link href={searchPath} className="tab" aria-current={page === 'search' ? 'page' : undefined}>
        <Icon of={Search} size={22} />
        {t.shell.search}
      </Link>
      <Link href={checkInPath} className="tab tab-main">
        <span className="tab-bubble">
          <Icon of={MapPin} size={21} strokeWidth={2.2} />
        </span>
        {t.shell.checkIn}
      </Link>
      {status === 'signed-out' ? (
        <Link href={aboutPath} className="tab" aria-current={page === 'about' ? 'page' : undefined}>
          <AboutIcon />
          {t.shell.about}
        </Link>
      ) : (
        <Link href={friendsPath} className="tab" aria-current={page === 'friends' ? 'page' : undefined}>
          <Icon of={Users} size={22} />
          {t.shell.friends}
        </Link>
      )}
      <Link href={you} className="tab" aria-current={isYou ? 'page' : undefined}>
        <Icon of={User} size={22} />
        {status === 'signed-out' ? t.shell.signIn : t.shell.you}
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
