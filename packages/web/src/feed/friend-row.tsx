import { Link } from 'wouter'
import { checkinPath, livePath } from '../paths.ts'
import { Avatar } from '../ui/avatar.tsx'
import { nameOf } from '../ui/names.ts'
import { RowLines } from '../ui/row-lines.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import type { CheckinView } from '../views.ts'

interface FriendRowProps {
  readonly checkin: CheckinView
  readonly note: string
  readonly size?: 's'
  /** Takes the place of the page that one comes from. */
  readonly replace?: boolean
}

/** Somebody's latest check-in in a line, which leads to it. */
export function FriendRow({ checkin: { uri, author, sortAt }, note, size, replace = false }: FriendRowProps) {
  return (
    <Link replace={replace} href={checkinPath(uri) ?? livePath} className="row">
      <Avatar person={author} size={size} />
      <RowLines title={nameOf(author)} note={note} />
      <span className="row-end">
        <TimeAgo at={sortAt} />
      </span>
    </Link>
  )
}
