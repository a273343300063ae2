import { Heart } from 'lucide'
import { navigate } from 'wouter/use-browser-location'
import { explain } from '../api.ts'
import { t } from '../language/language.ts'
import { signInPath } from '../paths.ts'
import { useSession } from '../session/session.tsx'
import { Icon } from '../ui/icon.tsx'
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
      aria-label={count === 0 ? t.checkin.like : t.checkin.likeCounted(compact(count))}
      onClick={toggle}
    >
      <Icon of={Heart} size={19} strokeWidth={1.9} />
      {count > 0 && <span>{compact(count)}</span>}
    </button>
  )
}
