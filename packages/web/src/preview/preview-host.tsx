import { lazy, Suspense } from 'react'
import { usePreviewShown } from './previewed.ts'

const PreviewCard = lazy(async () => ({ default: (await import('./preview-card.tsx')).PreviewCard }))

/** Where the card of the link that is looked at is drawn: one for the whole app. */
export function PreviewHost() {
  const shown = usePreviewShown()
  if (shown === undefined) return null
  return (
    <Suspense fallback={null}>
      <PreviewCard shown={shown} />
    </Suspense>
  )
}
