import { useEffect, useRef } from 'react'
import { takeShared } from '../device/shared.ts'
import { t } from '../language/pages.ts'
import { photoPlace } from '../photo/photo-place.ts'
import type { Near } from './near.ts'

interface Begun {
  readonly onPhotos: (files: readonly File[]) => void
  readonly onText: (text: string) => void
  readonly onNear: (near: Near) => void
}

/** Begins from what was shared with the app: its photos, its words, and where a photo says that it was taken. */
export function useShared(begun: Begun): void {
  const now = useRef(begun)
  useEffect(() => {
    now.current = begun
  })
  useEffect(() => {
    const begin = async () => {
      const shared = await takeShared(t.compose.sharedFile)
      if (shared === undefined) return
      if (shared.text !== '') now.current.onText(shared.text)
      now.current.onPhotos(shared.photos)
      for (const photo of shared.photos) {
        const at = await photoPlace(photo)
        if (at !== undefined) return now.current.onNear({ at, from: 'photo' })
      }
    }
    // A browser that gives nothing back leaves an empty composer, which is as good as any.
    begin().catch(() => undefined)
  }, [])
}
