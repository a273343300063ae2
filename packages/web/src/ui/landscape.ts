/**
 * A small landscape drawn from a DID: the picture of a person who has set none. The same DID gives the same hills on
 * every device, so that people can be told apart at a glance without their initials.
 */
export interface Landscape {
  /** Hues in degrees; lightness and strength are the stylesheet's, for both themes. */
  readonly sky: number
  readonly hill: number
  readonly sun: { readonly x: number; readonly y: number; readonly size: number }
  /** SVG paths in a square of 40 units, the far hill and the near one. */
  readonly far: string
  readonly near: string
}

const SKIES = [28, 48, 85, 165, 205, 235, 265, 330]

export function landscape(did: string): Landscape {
  const next = dice(did)
  const sky = SKIES[next(SKIES.length)] ?? 0
  const hill = (sky + 60 + next(5) * 45) % 360
  const farPeak = 8 + next(24)
  const nearPeak = 6 + next(28)
  const farTop = 15 + next(6)
  const nearTop = 24 + next(5)
  return {
    sky,
    hill,
    sun: { x: 9 + next(22), y: 9 + next(7), size: 3.5 + next(4) * 0.8 },
    far: `M-2 ${24 + next(5)}Q${farPeak} ${farTop - 4} ${farPeak + 10} ${farTop + 8}T42 ${20 + next(8)}V42H-2z`,
    near: `M-2 ${30 + next(5)}Q${nearPeak} ${nearTop - 3} 42 ${28 + next(7)}V42H-2z`,
  }
}

/** A small stream of numbers below a bound, from a text (FNV-1a, then xorshift). Not for secrets. */
function dice(seed: string): (bound: number) => number {
  let state = 0x811c9dc5
  for (let index = 0; index < seed.length; index++) state = Math.imul(state ^ seed.charCodeAt(index), 0x01000193)
  state = state >>> 0 || 1
  return (bound) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % bound
  }
}
