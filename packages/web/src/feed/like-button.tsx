import { Heart } from 'lucide-react'
import { navigate } from 'wouter/use-browser-location'
import { explain } from '../api.ts'
import { signInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { compact } from '../ui/numbers.ts'
import { say } from '../ui/toast.tsx'
import type { CheckinView } from '../views.ts'
import { setLike, useLike } from './likes.ts'

export function LikeButton({ checkin }: { readonly checkin: CheckinView }) {
  const { status } = useSession()
  const { isLiked, count } = useLike(checkin)

  const toggle = () => {
    if (status === 'signed-out') return navigate(signInPath(location.pathname))
    setLike(checkin, !isLiked).catch((fault: unknown) => say(explain(fault)))
  }

  return (
    <button
      type="button"
      className="action action-like"
      aria-pressed={isLiked}
      aria-label={count === 0 ? 'Like' : `Like ${compact(count)}`}
      onClick={toggle}
    >
      <Heart size={19} strokeWidth={1.9} aria-hidden="true" />
      {count > 0 && <span>{compact(count)}</span>}
    </button>
  )
}
