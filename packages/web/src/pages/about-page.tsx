import { useServerInfo } from '../session/session.tsx'
import { ThemeSwitch } from '../shell/theme-switch.tsx'
import { Mark } from '../ui/logo.tsx'
import { useTitle } from '../ui/media.ts'
import { Stats } from '../ui/stats.tsx'

/** What this server is, in a few words and numbers. */
export function AboutPage() {
  useTitle('About')
  const info = useServerInfo()
  const counts = [
    ['Check-ins', info?.checkinCount],
    ['People', info?.personCount],
    ['Places', info?.placeCount],
  ] as const
  return (
    <div className="page about">
      <header className="about-head">
        <Mark size={64} />
        <h1>Say where you are</h1>
        <p className="lead">
          Waypost is an open check-in network. Your check-ins live in your own repository on the AT Protocol: this
          server only reads them, and no server can take them away.
        </p>
      </header>
      <Stats stats={counts} />
      <section>
        <h2 className="section-title">What others see</h2>
        <p>
          A check-in is public: the place, your words, your photos. Your own position is never part of it unless you add
          it, and then only as exactly as you choose. Photos are re-encoded on your device before they leave it, so that
          the place and time that a camera writes into them stay with you.
        </p>
      </section>
      <section>
        <h2 className="section-title">Taking it back</h2>
        <p>
          When you delete a check-in it is removed from your repository, and every feed, map and picture here follows.
        </p>
      </section>
      <section>
        <h2 className="section-title">Appearance</h2>
        <ThemeSwitch />
      </section>
      <footer className="about-foot">
        {info !== undefined && (
          <p>
            Waypost {info.version} · <span className="code">{info.did}</span>
          </p>
        )}
        <p>Built-in map: Natural Earth (public domain); place names: GeoNames (CC BY 4.0).</p>
      </footer>
    </div>
  )
}
