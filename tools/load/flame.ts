import type { Flame, Place } from './stages.ts'

/** One bar of a flame graph: shares of all time, and how many rows above the first. */
export interface FlameRow {
  readonly name: string
  readonly place: Place | undefined
  readonly from: number
  readonly share: number
  readonly depth: number
}

/** Bars that would be less than about a pixel wide are left out, with what is above them. */
const SHARE_MIN = 0.0015
const DEPTH_MAX = 45

/** The bars, from the bottom up; those beside each other in the order of their names, as flame graphs have them. */
export function flameRows(flame: Flame): readonly FlameRow[] {
  const rows: FlameRow[] = []
  function lay(at: Flame, from: number, depth: number): void {
    const share = at.micros / Math.max(1, flame.micros)
    if (share < SHARE_MIN || depth > DEPTH_MAX) return
    rows.push({ name: at.name, place: at.place, from, share, depth })
    let next = from
    for (const above of [...at.above.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      lay(above, next, depth + 1)
      next += above.micros / flame.micros
    }
  }
  lay(flame, 0, 0)
  return rows
}
