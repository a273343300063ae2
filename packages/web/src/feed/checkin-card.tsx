import { MessageCircle, Share2 } from 'lucide'
import { memo, type ReactNode, useId } from 'react'
import { Link } from 'wouter'
import { t } from '../language/language.ts'
import { checkinPath, livePath } from '../paths.ts'
import { Icon } from '../ui/icon.tsx'
import { nameOf } from '../ui/names.ts'
import { compact } from '../ui/numbers.ts'
import type { CheckinView } from '../views.ts'
import { CheckinHead, HeadAtPlace, HeadOfPerson } from './checkin-head.tsx'
import { LikeButton } from './like-button.tsx'
import { coverOf, Photos } from './photos.tsx'
import { RichText } from './rich-text.tsx'
import { share } from './share.ts'

interface CheckinCardProps {
  readonly checkin: CheckinView
  /** On its own page the words are larger and the place is the page's heading. */
  readonly isPage?: boolean
  /** On a person's or a place's own page, what the page says already is left out. */
  readonly without?: 'place' | 'author' | undefined
  /** More buttons at the end of the row. */
  readonly actions?: ReactNode
  readonly onPoint?: ((uri: string | undefined) => void) | undefined
  /** It is on the screen from the start. */
  readonly isSoon?: boolean
}

/** One check-in. Drawn again only where it changed: a feed may hold a thousand. */
export const CheckinCard = memo(function CheckinCard({
  checkin,
  isPage = false,
  without,
  actions,
  onPoint,
  isSoon = isPage,
}: CheckinCardProps) {
  const titleId = useId()
  const { author, place, text, facets, photos, commentCount } = checkin
  const path = checkinPath(checkin.uri) ?? livePath
  const head = { checkin, titleId }
  return (
    <article
      className={isPage ? 'checkin checkin-page' : 'checkin'}
      aria-labelledby={titleId}
      onPointerEnter={onPoint && (() => onPoint(checkin.uri))}
      onPointerLeave={onPoint && (() => onPoint(undefined))}
    >
      {without === 'place' && <HeadAtPlace {...head} />}
      {without === 'author' && <HeadOfPerson {...head} />}
      {without === undefined && <CheckinHead {...head} isPage={isPage} />}
      {text !== undefined && text !== '' && <RichText text={text} facets={facets} />}
      <Photos photos={photos} at={place.name} isLarge={isPage} isSoon={isSoon} cover={coverOf(checkin.labels)} />
      <div className="checkin-actions">
        <LikeButton checkin={checkin} />
        {!isPage && (
          <Link
            href={path}
            className="action"
            aria-label={commentCount === 0 ? t.checkin.comments : t.checkin.commentsCounted(compact(commentCount))}
          >
            <Icon of={MessageCircle} size={19} strokeWidth={1.9} />
            {commentCount > 0 && <span>{compact(commentCount)}</span>}
          </Link>
        )}
        <button
          type="button"
          className="action"
          aria-label={t.actions.share}
          onClick={() => void share(path, t.checkin.personAt(nameOf(author)) + place.name)}
        >
          <Icon of={Share2} size={18} strokeWidth={1.9} />
          {isPage && <span>{t.actions.share}</span>}
        </button>
        {actions}
      </div>
    </article>
  )
})
