import { Bookmark, Info, LogOut, Settings, User } from 'lucide'
import { useId } from 'react'
import { Link } from 'wouter'
import { explain } from '../api.ts'
import { t } from '../language/language.ts'
import { aboutPath, listsPath, personPath, settingsPath } from '../paths.ts'
import { leave } from '../session/session.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { actorOf, handleOf, nameOf } from '../ui/names.ts'
import { say } from '../ui/toast.tsx'
import type { ProfileViewBasic } from '../views.ts'
import { LanguageChoice } from './language-choice.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

export function AccountMenu({ actor }: { readonly actor: ProfileViewBasic }) {
  const id = useId()
  const close = () => document.getElementById(id)?.hidePopover()
  return (
    <>
      <button type="button" className="account-button" popoverTarget={id} aria-label={t.shell.accountMenu}>
        <Avatar person={actor} size="s" />
      </button>
      <div id={id} popover="auto" className="menu">
        <div className="menu-who">
          <Avatar person={actor} />
          <p>
            <strong>
              <bdi>{nameOf(actor)}</bdi>
            </strong>
            <span>
              <bdi>{handleOf(actor)}</bdi>
            </span>
          </p>
        </div>
        <Link href={personPath(actorOf(actor))} className="menu-item" onClick={close}>
          <Icon of={User} size={18} />
          {t.shell.yourPage}
        </Link>
        <Link href={listsPath} className="menu-item" onClick={close}>
          <Icon of={Bookmark} size={18} />
          {t.shell.listsAndSaved}
        </Link>
        <Link href={settingsPath} className="menu-item" onClick={close}>
          <Icon of={Settings} size={18} />
          {t.shell.settings}
        </Link>
        <Link href={aboutPath} className="menu-item" onClick={close}>
          <Icon of={Info} size={18} />
          {t.shell.aboutServer}
        </Link>
        <ThemeSwitch />
        <LanguageChoice />
        <button
          type="button"
          className="menu-item"
          onClick={() => void leave().catch((fault: unknown) => say(explain(fault)))}
        >
          <Icon of={LogOut} isDirected size={18} />
          {t.shell.signOut}
        </button>
      </div>
    </>
  )
}
