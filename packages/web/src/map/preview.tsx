import { X } from 'lucide'
import { Link } from 'wouter'
import { t } from '../language/language.ts'
import { checkinPath, livePath } from '../paths.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { nameOf, townOf } from '../ui/names.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import type { CheckinView } from '../views.ts'

interface PreviewProps {
  readonly items: readonly CheckinView[]
  readonly onClose: () => void
}

/** What a pressed pin stands for, docked at the foot of the map: one check-in, or the list of a spot. */
export function Preview({ items, onClose }: PreviewProps) {
  const title = items.length === 1 ? t.map.onTheMap : t.map.here(items.length)
  return (
    <section
      className="preview"
      aria-label={title}
      onKeyDown={({ key }) => {
        if (key === 'Escape') onClose()
      }}
    >
      <div className="preview-head">
        <p>{items.length === 1 ? items[0]?.place.name : title}</p>
        <button type="button" className="icon-button" aria-label={t.map.closePreview} onClick={onClose} autoFocus>
          <Icon of={X} size={18} />
        </button>
      </div>
      <ul role="list">
        {items.map((item) => (
          <li key={item.uri}>
            <Link href={checkinPath(item.uri) ?? livePath} className="preview-item">
              <Avatar person={item.author} size="s" />
              <span className="preview-lines">
                <span className="preview-name">
                  <bdi>{nameOf(item.author)}</bdi>
                  <TimeAgo at={item.sortAt} />
                </span>
                <span className="preview-text" dir="auto">
                  {item.text ?? townOf(item.place.address)}
                </span>
              </span>
              {item.photos?.[0] !== undefined && <img src={item.photos[0].thumb} alt="" loading="lazy" />}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
