import type { ReactNode } from 'react'
import { t } from '../language/pages.ts'
import { townOf } from '../ui/names.ts'
import { ShowMore } from '../ui/show-more.tsx'
import { Failure, FeedSkeleton } from '../ui/states.tsx'
import { FriendRow } from './friend-row.tsx'
import { useFeed } from './queries.ts'

/** Where each of those whom one follows was last: a line for each. */
export function FriendsLatest({ empty }: { readonly empty: ReactNode }) {
  const { query, items } = useFeed({ kind: 'friends' })
  return (
    <section className="friends-latest" aria-label={t.friends.latestOfEach}>
      <h2 className="section-title">{t.friends.latest}</h2>
      {query.isPending && <FeedSkeleton count={3} />}
      {query.isError && <Failure fault={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && items.length === 0 && empty}
      {items.length > 0 && (
        <ul role="list" className="rows">
          {items.map((checkin) => (
            <li key={checkin.author.did}>
              <FriendRow
                checkin={checkin}
                note={[checkin.place.name, townOf(checkin.place.address)].filter((part) => part !== '').join(' · ')}
              />
            </li>
          ))}
        </ul>
      )}
      <ShowMore query={query} label={t.friends.showMore} />
    </section>
  )
}
