import { type Box, type Camera, type LngLat, readGeo, toPixels } from './mercator.ts'

export interface Spot extends LngLat {
  readonly id: string
  readonly name: string
}

/** Known places as spots; those that nobody says where they are, are none. */
export function spotsOf(
  places: readonly { readonly id: string; readonly name: string; readonly geo?: Geo | undefined }[],
): Spot[] {
  return places.flatMap(({ id, name, geo }) => {
    const at = readGeo(geo)
    return at === undefined ? [] : [{ id, name, ...at }]
  })
}

type Geo = NonNullable<Parameters<typeof readGeo>[0]>

export interface LaidSpot {
  readonly id: string
  readonly x: number
  readonly y: number
  /** Undefined where it would hide another name. */
  readonly name: string | undefined
}

/** A rough measure of a name as drawn, which is all that keeping names apart needs. */
const LETTER_PX = 6.4
const LINE_PX = 15
const NAME_GAP_PX = 9
const SPOTS_MAX = 60

/** Known places on a small map: a dot each, and names as far as they fit, those nearest to the middle first. */
export function layOut(spots: readonly Spot[], camera: Camera, box: Box): LaidSpot[] {
  const middle = { x: box.width / 2, y: box.height / 2 }
  const placed = spots
    .map((spot) => ({ ...toPixels(spot, camera, box), spot }))
    .filter(({ x, y }) => x > -box.width && y > -box.height && x < 2 * box.width && y < 2 * box.height)
    .toSorted((a, b) => Math.hypot(a.x - middle.x, a.y - middle.y) - Math.hypot(b.x - middle.x, b.y - middle.y))
    .slice(0, SPOTS_MAX)
  const taken: { left: number; right: number; top: number; bottom: number }[] = []
  return placed.map(({ x, y, spot: { id, name } }) => {
    const area = {
      left: x - 4,
      right: x + NAME_GAP_PX + name.length * LETTER_PX,
      top: y - LINE_PX / 2,
      bottom: y + LINE_PX / 2,
    }
    const isFree = taken.every(
      (other) =>
        area.right < other.left || area.left > other.right || area.bottom < other.top || area.top > other.bottom,
    )
    if (isFree) taken.push(area)
    return { id, x, y, name: isFree ? name : undefined }
  })
}
