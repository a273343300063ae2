/** A photo leaves the device no larger than this on its longer side. */
export const PHOTO_SIDE_PX_MAX = 2_000

export interface Size {
  readonly width: number
  readonly height: number
}

/** Shrunk to fit, never enlarged, sides whole and at least one pixel. */
export function fitted({ width, height }: Size, side = PHOTO_SIDE_PX_MAX): Size {
  const scale = Math.min(1, side / Math.max(width, height, 1))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}
