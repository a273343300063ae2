import { Settings } from 'lucide'
import { Link } from 'wouter'
import { t } from '../language/pages.ts'
import { settingsPath } from '../paths.ts'
import { useServerInfo } from '../session/session.tsx'
import { Icon } from '../ui/icon.tsx'
import { Mark } from '../ui/logo.tsx'
import { useTitle } from '../ui/media.ts'
import { Stats } from '../ui/stats.tsx'

/** What this server is, in a few words and numbers. */
export function AboutPage() {
  useTitle(t.about.page)
  const info = useServerInfo()
  const counts = [
    [t.about.checkins, info?.checkinCount],
    [t.about.people, info?.personCount],
    [t.about.places, info?.placeCount],
  ] as const
  return (
    <div className="page about">
      <header className="about-head">
        <Mark size={64} />
        <h1>{t.about.heading}</h1>
        <p className="lead">{t.about.lead}</p>
      </header>
      <Stats stats={counts} />
      <section>
        <h2 className="section-title">{t.about.seen}</h2>
        <p>{t.about.seenWhat}</p>
      </section>
      <section>
        <h2 className="section-title">{t.presence.hereNow}</h2>
        <p>{t.presence.about}</p>
      </section>
      <section>
        <h2 className="section-title">{t.about.takingBack}</h2>
        <p>{t.about.takingBackWhat}</p>
      </section>
      <Link href={settingsPath} className="page-link">
        <Icon of={Settings} size={18} />
        {t.shell.settings}
      </Link>
      <footer className="about-foot">
        {info !== undefined && (
          <p>
            Waypost {info.version} · <span className="code">{info.did}</span>
          </p>
        )}
        <p>{t.about.map}</p>
      </footer>
    </div>
  )
}
