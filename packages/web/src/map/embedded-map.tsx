import { Maximize2 } from 'lucide'
import { useState } from 'react'
import { t } from '../language/language.ts'
import { Icon } from '../ui/icon.tsx'
import { LazyMap } from './lazy-map.tsx'
import { useQuietWideScreen } from './map-mode.ts'
import type { WorldMapProps } from './world-map.tsx'

interface EmbeddedMapProps extends Omit<WorldMapProps, 'isEmbedded' | 'mode' | 'children'> {
  readonly className: string
  /** Whether it may be moved yet. */
  readonly isExplorable?: boolean
}

/** A map within a page: still until somebody wants to move it, or the screen has room and rest for it. */
export function EmbeddedMap({ className, isExplorable = true, ...map }: EmbeddedMapProps) {
  const [isAsked, setAsked] = useState(false)
  const isQuiet = useQuietWideScreen()
  const isLive = isAsked || isQuiet
  return (
    <section className={className} aria-label={map.label}>
      <LazyMap {...map} isEmbedded mode={isLive ? 'live' : 'still'}>
        {!isLive && isExplorable && (
          <button type="button" className="button button-raised map-explore" onClick={() => setAsked(true)}>
            <Icon of={Maximize2} size={16} />
            {t.map.explore}
          </button>
        )}
      </LazyMap>
    </section>
  )
}
