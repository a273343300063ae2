import type { PhotoView } from '../views.ts'

export interface Tile {
  readonly photo: PhotoView
  readonly index: number
  /** How many more photos there are than tiles: only ever on the last tile. */
  readonly more: number
}

export interface Mosaic {
  readonly shape: 'one' | 'two' | 'three' | 'four'
  /** Width through height of the whole, so that the page keeps its room before anything has loaded. */
  readonly ratio: number
  readonly tiles: readonly Tile[]
}

/** No photo is drawn narrower or wider than this: the rest is cropped, and the whole is one tap away. */
const RATIO_MIN = 4 / 5
const RATIO_MAX = 2

export function mosaic(photos: readonly PhotoView[]): Mosaic | undefined {
  const shape = (['one', 'two', 'three', 'four'] as const)[Math.min(photos.length, 4) - 1]
  if (shape === undefined) return undefined
  const tiles = photos.slice(0, 4).map((photo, index) => ({ photo, index, more: index === 3 ? photos.length - 4 : 0 }))
  return { shape, ratio: ratioOf(shape, photos.map(ratio)), tiles }
}

function ratioOf(shape: Mosaic['shape'], ratios: readonly number[]): number {
  if (shape === 'one') return Math.min(RATIO_MAX, Math.max(RATIO_MIN, ratios[0] ?? 1))
  // Two portraits side by side are as high as they are; two landscapes would be slivers, so they are cropped.
  if (shape === 'two')
    return Math.min(
      2,
      Math.max(
        1.5,
        ratios.reduce((sum, value) => sum + value, 0),
      ),
    )
  return 1.5
}

/** Width through height; a square where the author gave none. */
function ratio({ aspectRatio }: PhotoView): number {
  const { width = 1, height = 1 } = aspectRatio ?? {}
  return width > 0 && height > 0 ? width / height : 1
}
