import { Link } from 'wouter'
import { t } from '../language/language.ts'
import { livePath } from '../paths.ts'
import { useTitle } from '../ui/media.ts'
import { Empty } from '../ui/states.tsx'

export function NotFoundPage() {
  useTitle(t.states.notFound)
  return (
    <div className="page">
      <h1 className="visually-hidden">{t.states.notFound}</h1>
      <Empty
        title={t.states.nowhere}
        action={
          <Link href={livePath} className="button button-main">
            {t.states.seeNow}
          </Link>
        }
      >
        <p>{t.states.nowhereWhy}</p>
      </Empty>
    </div>
  )
}
