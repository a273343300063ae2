import type { LucideIcon } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { categoryLook, type Glyph } from './category.ts'

let icons: Readonly<Record<Glyph, LucideIcon>> | undefined
const listeners = new Set<() => void>()

void import('./category-icons.ts').then(({ ICONS }) => {
  icons = ICONS
  for (const listener of listeners) listener()
})

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

interface CategoryGlyphProps {
  readonly category: string | undefined
  readonly size?: 'badge' | 'tile' | 'hero'
}

const PIXELS = { badge: 12, tile: 20, hero: 30 } as const

/** The icon of a category on its family's colour. The words beside it say the same, so it is hidden from readers. */
export function CategoryGlyph({ category, size = 'tile' }: CategoryGlyphProps) {
  const { glyph, family } = categoryLook(category)
  const Icon = useSyncExternalStore(subscribe, () => icons?.[glyph])
  return (
    <span className={`glyph glyph-${size}`} data-family={family} aria-hidden="true">
      {Icon !== undefined && <Icon size={PIXELS[size]} strokeWidth={size === 'badge' ? 2.4 : 1.9} />}
    </span>
  )
}
