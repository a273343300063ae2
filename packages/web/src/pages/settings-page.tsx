import { Info } from 'lucide'
import { useState } from 'react'
import { Link } from 'wouter'
import { keepPrecision, PrecisionChoice, usualPrecision } from '../compose/precision-choice.tsx'
import { t } from '../language/pages.ts'
import { aboutPath, settingsPath } from '../paths.ts'
import { chooseHereByDefault, useHereByDefault } from '../presence/here-default.ts'
import { PushSwitch } from '../push/push-switch.tsx'
import { useServerInfo, useSession } from '../session/session.tsx'
import { SignInInvite } from '../session/sign-in-invite.tsx'
import { MyData } from '../settings/my-data.tsx'
import { MySessions } from '../settings/my-sessions.tsx'
import { LanguageChoice } from '../shell/language-choice.tsx'
import { ThemeSwitch } from '../shell/theme-switch.tsx'
import { Icon } from '../ui/icon.tsx'
import { useTitle } from '../ui/media.ts'
import { PageSkeleton } from '../ui/states.tsx'
import { Switch } from '../ui/switch.tsx'
import { say } from '../ui/toast.tsx'

/** What a person decides once: on this device, for their account, and about what is theirs. */
export function SettingsPage() {
  useTitle(t.shell.settings)
  const { status, actor } = useSession()
  const isPushing = useServerInfo()?.pushPublicKey !== undefined
  if (status === 'unknown') return <PageSkeleton label={t.settings.loading} />
  return (
    <div className="page settings">
      <h1 className="section-title">{t.shell.settings}</h1>
      <section aria-labelledby="settings-look">
        <h2 className="section-title" id="settings-look">
          {t.shell.appearance}
        </h2>
        <ThemeSwitch />
      </section>
      <section aria-labelledby="settings-language">
        <h2 className="section-title" id="settings-language">
          {t.shell.language}
        </h2>
        <LanguageChoice />
      </section>
      {actor === undefined ? (
        <SignInInvite title={t.settings.needsAccount} from={settingsPath} />
      ) : (
        <>
          <UsualPosition />
          <UsuallyHere />
          <Public />
          {isPushing && (
            <section aria-labelledby="settings-push">
              <h2 className="section-title" id="settings-push">
                {t.shell.notifications}
              </h2>
              <PushSwitch />
            </section>
          )}
          <MySessions />
          <MyData actor={actor} />
        </>
      )}
      <Link href={aboutPath} className="page-link">
        <Icon of={Info} size={18} />
        {t.shell.aboutServer}
      </Link>
    </div>
  )
}

function UsualPosition() {
  const [precision, setPrecision] = useState(usualPrecision)
  return (
    <fieldset className="field-group">
      <legend className="section-title">{t.compose.position}</legend>
      <p className="quiet">{t.settings.usualPosition}</p>
      <PrecisionChoice
        chosen={precision}
        onChoose={(chosen) => {
          setPrecision(chosen)
          if (!keepPrecision(chosen)) say(t.settings.notKept)
        }}
      />
    </fieldset>
  )
}

function UsuallyHere() {
  const isHere = useHereByDefault()
  return (
    <section aria-labelledby="settings-here">
      <h2 className="section-title" id="settings-here">
        {t.presence.hereNow}
      </h2>
      <p className="quiet">{t.presence.note}</p>
      <Switch label={t.presence.byDefault} note={t.presence.byDefaultNote} isOn={isHere} onTurn={chooseHereByDefault} />
    </section>
  )
}

function Public() {
  return (
    <section aria-labelledby="settings-public">
      <h2 className="section-title" id="settings-public">
        {t.settings.public}
      </h2>
      <ul className="plain-points">
        {Object.entries(t.settings.publicPoints).map(([about, point]) => (
          <li key={about}>{point}</li>
        ))}
      </ul>
    </section>
  )
}
