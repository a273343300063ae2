import { type CSSProperties, useMemo, useState } from 'react'
import { landscape } from './landscape.ts'

interface AvatarProps {
  readonly person: { readonly did: string; readonly avatar?: string | undefined }
  readonly size?: 'xs' | 's' | 'm' | 'l'
}

/** A person's picture, or the landscape of their DID. Decorative: their name is always beside it. */
export function Avatar({ person, size = 'm' }: AvatarProps) {
  const [failed, setFailed] = useState<string>()
  const { avatar } = person
  if (avatar !== undefined && avatar !== failed) {
    // The server has the same picture smaller.
    const source = size === 'l' ? avatar : avatar.replace('/img/avatar/', '/img/face/')
    return <img className={`avatar avatar-${size}`} src={source} alt="" onError={() => setFailed(avatar)} />
  }
  return <DrawnAvatar did={person.did} size={size} />
}

function DrawnAvatar({ did, size }: { readonly did: string; readonly size: string }) {
  const { sky, hill, sun, far, near } = useMemo(() => landscape(did), [did])
  const hues = { '--sky': sky, '--hill': hill } as CSSProperties
  return (
    <svg className={`avatar avatar-drawn avatar-${size}`} viewBox="0 0 40 40" aria-hidden="true" style={hues}>
      <rect className="avatar-sky" width="40" height="40" />
      <circle className="avatar-sun" cx={sun.x} cy={sun.y} r={sun.size} />
      <path className="avatar-far" d={far} />
      <path className="avatar-near" d={near} />
    </svg>
  )
}
