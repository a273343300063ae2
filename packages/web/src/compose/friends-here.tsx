import { FriendRow } from '../feed/friend-row.tsx'
import { useFeed } from '../feed/queries.ts'
import { t } from '../language/pages.ts'

const SHOWN_MAX = 3

/** Those whom one follows and whose latest check-in was at this place too. */
export function FriendsHere({ placeId }: { readonly placeId: string }) {
  const { items } = useFeed({ kind: 'friends' })
  const here = items.filter(({ place }) => place.id === placeId).slice(0, SHOWN_MAX)
  if (here.length === 0) return null
  return (
    <ul role="list" className="rows friends-here" aria-label={t.friends.wereHere}>
      {here.map((checkin) => (
        <li key={checkin.author.did}>
          <FriendRow replace checkin={checkin} note={t.friends.wasHere} size="s" />
        </li>
      ))}
    </ul>
  )
}
