import type { app } from '@waypost/lexicon'

type CheckinView = app.waypost.feed.defs.CheckinView

/** A check-in of one's own as it is taken along: everything that we know of it, in plain fields. */
export interface ExportedCheckin {
  readonly uri: string
  /** When it was, as feeds are ordered by. */
  readonly time: string
  readonly createdAt?: string
  readonly visitedAt?: string
  /** Which app wrote it. */
  readonly source: string
  readonly place: {
    readonly id?: string
    readonly name: string
    readonly category?: string
    /** Decimal degrees, as the record has them. */
    readonly latitude?: string
    readonly longitude?: string
    readonly address?: Readonly<Record<string, string>>
  }
  readonly text?: string
  readonly photos: readonly { readonly url: string; readonly alt: string }[]
  /** DIDs. */
  readonly with: readonly string[]
  /** Where the person stood, as exact as they chose. */
  readonly position?: unknown
  readonly likeCount: number
  readonly commentCount: number
}

/** `origin`: where this server is, so that photos have whole addresses. */
export function exportedCheckin(view: CheckinView, origin: string): ExportedCheckin {
  const { place, text, photos = [], position, createdAt, visitedAt } = view
  const { id, name, category, geo, address } = place
  return {
    uri: view.uri,
    time: view.sortAt,
    ...(createdAt !== undefined && { createdAt }),
    ...(visitedAt !== undefined && { visitedAt }),
    source: view.source,
    place: {
      ...(id !== undefined && { id }),
      name,
      ...(category !== undefined && { category }),
      ...(geo && { latitude: geo.latitude, longitude: geo.longitude }),
      ...(address && { address: textsOf(address) }),
    },
    ...(text !== undefined && { text }),
    photos: photos.map(({ fullsize, alt }) => ({ url: origin + fullsize, alt })),
    with: (view.with ?? []).map(({ did }) => did),
    ...(position !== undefined && { position }),
    likeCount: view.likeCount,
    commentCount: view.commentCount,
  }
}

function textsOf(fields: object): Record<string, string> {
  const texts = Object.entries(fields).filter(([name, value]) => name !== '$type' && typeof value === 'string')
  return Object.fromEntries(texts) as Record<string, string>
}
