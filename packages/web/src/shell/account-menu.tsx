import { Bookmark, Info, LogOut, User } from 'lucide-react'
import { useId } from 'react'
import { Link } from 'wouter'
import { explain } from '../api.ts'
import { aboutPath, listsPath, personPath } from '../paths.ts'
import { leave } from '../session/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { actorOf, handleOf, nameOf } from '../ui/names.ts'
import { say } from '../ui/toast.tsx'
import type { ProfileViewBasic } from '../views.ts'
import { ThemeSwitch } from './theme-switch.tsx'

export function AccountMenu({ actor }: { readonly actor: ProfileViewBasic }) {
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
        <Link href={listsPath} className="menu-item" onClick={close}>
          <Bookmark size={18} aria-hidden="true" />
          Lists and saved places
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
