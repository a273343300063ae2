import type { IconNode } from 'lucide'
import { whenQuiet } from '../device/quiet.ts'
import { categoryLook, learnNames, redrawCategories, useCategories, type Glyph } from './category.ts'
import { Icon } from './icon.tsx'

let icons: Readonly<Record<Glyph, IconNode>> | undefined

/** In a file of their own: they come beside the first check-ins, not before them. */
void import('@waypost/lexicon/category-icons').then(({ CATEGORY_ICONS }) => {
  icons = CATEGORY_ICONS
  redrawCategories()
})
/** What other networks call categories is rarer, and comes last. */
void whenQuiet().then(async () => learnNames((await import('@waypost/lexicon/category-names')).categoryOf))

interface CategoryGlyphProps {
  readonly category: string | undefined
  readonly size?: 'badge' | 'tile' | 'hero'
}

const PIXELS = { badge: 12, tile: 20, hero: 30 } as const

/** The icon of a category on its family's colour. The words beside it say the same, so it is hidden from readers. */
export function CategoryGlyph({ category, size = 'tile' }: CategoryGlyphProps) {
  useCategories()
  const { glyph, family } = categoryLook(category)
  const icon = icons?.[glyph]
  return (
    <span className={`glyph glyph-${size}`} data-family={family} aria-hidden="true">
      {icon !== undefined && <Icon of={icon} size={PIXELS[size]} strokeWidth={size === 'badge' ? 2.4 : 1.9} />}
    </span>
  )
}
