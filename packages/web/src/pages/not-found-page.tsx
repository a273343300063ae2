import { Link } from 'wouter'
import { livePath } from '../paths.ts'
import { useTitle } from '../ui/media.ts'
import { Empty } from '../ui/states.tsx'

export function NotFoundPage() {
  useTitle('Not found')
  return (
    <div className="page">
      <h1 className="visually-hidden">Not found</h1>
      <Empty
        title="This signpost points nowhere"
        action={
          <Link href={livePath} className="button button-main">
            See what happens now
          </Link>
        }
      >
        <p>There is no page at this address.</p>
      </Empty>
    </div>
  )
}
