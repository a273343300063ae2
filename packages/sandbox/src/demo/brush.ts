/**
 * The brushes that the demo's posters are painted with: functions from numbers to pieces of SVG. Everything follows
 * from the dice handed in, so a picture is the same on every machine.
 */

/** A picture's colours, from the top of the sky down to the ink of what stands in front of it. */
export interface Palette {
  readonly sky: readonly [top: string, middle: string, horizon: string]
  readonly sun: string
  readonly far: string
  readonly middle: string
  readonly near: string
  readonly ink: string
  /** Windows, lanterns, reflections. */
  readonly light: string
}

export interface Canvas {
  readonly width: number
  readonly height: number
}

/** Numbers in [0, 1) that follow from a seed (Mulberry32, Tommy Ettinger, 2017). */
export type Dice = () => number

export function diceFrom(seed: number): Dice {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function between(dice: Dice, low: number, high: number): number {
  return low + dice() * (high - low)
}

export type Point = readonly [x: number, y: number]

export function n(value: number): string {
  return String(Math.round(value * 10) / 10)
}

export function rect(x: number, y: number, width: number, height: number, fill: string, more = ''): string {
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" fill="${fill}" ${more}/>`
}

export function disc(x: number, y: number, radius: number, fill: string, more = ''): string {
  return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" fill="${fill}" ${more}/>`
}

export function shape(d: string, fill: string, more = ''): string {
  return `<path d="${d}" fill="${fill}" ${more}/>`
}

export function stroke(d: string, colour: string, width: number, more = ''): string {
  return `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${n(width)}" stroke-linecap="round" ${more}/>`
}

export function polygon(points: readonly Point[], fill: string, more = ''): string {
  return shape(`M${points.map(([x, y]) => `${n(x)} ${n(y)}`).join('L')}Z`, fill, more)
}

export function group(pieces: readonly string[], more = ''): string {
  return `<g ${more}>${pieces.join('')}</g>`
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

/** A vertical gradient under an id of its own; stops are `[offset, colour, opacity]`. */
export function gradient(
  id: string,
  stops: readonly (readonly [number, string, number?])[],
  more = 'x2="0" y2="1"',
): string {
  const inner = stops.map(([at, colour, opacity = 1]) => {
    return `<stop offset="${at}" stop-color="${colour}" stop-opacity="${opacity}"/>`
  })
  return `<linearGradient id="${id}" ${more}>${inner.join('')}</linearGradient>`
}

export function glow(id: string, colour: string, strength: number): string {
  return (
    `<radialGradient id="${id}"><stop offset="0" stop-color="${colour}" stop-opacity="${strength}"/>` +
    `<stop offset="0.45" stop-color="${colour}" stop-opacity="${strength * 0.32}"/>` +
    `<stop offset="1" stop-color="${colour}" stop-opacity="0"/></radialGradient>`
  )
}

export function mirror(x: number, piece: string): string {
  return `${piece}<g transform="translate(${n(2 * x)} 0) scale(-1 1)">${piece}</g>`
}

export function sky(canvas: Canvas, palette: Palette): string {
  const stops = [
    [0, palette.sky[0]],
    [0.55, palette.sky[1]],
    [1, palette.sky[2]],
  ] as const
  return gradient('sky', stops) + rect(0, 0, canvas.width, canvas.height, 'url(#sky)')
}

/** A sun or a full moon in its own light. */
export function sun(x: number, y: number, radius: number, palette: Palette): string {
  return glow('sun', palette.sun, 0.75) + disc(x, y, radius * 4.2, 'url(#sun)') + disc(x, y, radius, palette.sun)
}

export function crescent(x: number, y: number, radius: number, colour: string): string {
  const r = n(radius)
  const inner = n(radius * 0.82)
  return (
    glow('moon', colour, 0.5) +
    disc(x, y, radius * 4, 'url(#moon)') +
    shape(
      `M${n(x)} ${n(y - radius)}A${r} ${r} 0 1 1 ${n(x - radius)} ${n(y)}A${inner} ${inner} 0 0 0 ${n(x)} ${n(y - radius)}Z`,
      colour,
    )
  )
}

export function stars(dice: Dice, canvas: Canvas, depth: number, colour: string): string {
  return group(
    times(90, () => {
      const y = dice() ** 1.4 * depth
      return disc(dice() * canvas.width, y, between(dice, 0.7, 2.3), colour, `opacity="${n(between(dice, 0.3, 1))}"`)
    }),
  )
}

/** Long flat clouds, as on a screen print: stacked bars with round ends. */
export function clouds(
  dice: Dice,
  canvas: Canvas,
  area: { top: number; bottom: number },
  colour: string,
  opacity: number,
): string {
  return group(
    times(5, () => {
      const x = between(dice, -0.1, 0.9) * canvas.width
      const y = between(dice, area.top, area.bottom)
      const width = between(dice, 140, 380)
      const bars = times(3, (row) => {
        const part = width * between(dice, 0.4, 1)
        return rect(x + between(dice, 0, width * 0.4), y + row * 15, part, 14, colour, 'rx="7"')
      })
      return bars.join('')
    }),
    `opacity="${opacity}"`,
  )
}

/** A ridge of hills whose line is a sum of waves; `rough` adds the edges of rock. */
export function ridge(
  dice: Dice,
  canvas: Canvas,
  line: { y: number; height: number; rough?: number },
  fill: string,
): string {
  const waves = times(4, (index) => ({
    phase: dice() * Math.PI * 2,
    length: (0.9 + dice()) * (index + 1) * 1.7,
    height: line.height / (index + 1.4),
  }))
  const points: Point[] = times(61, (step) => {
    const along = step / 60
    const rise = waves.reduce(
      (sum, wave) => sum + Math.sin(wave.phase + along * wave.length * Math.PI) * wave.height,
      0,
    )
    return [along * canvas.width, line.y - rise - (line.rough ?? 0) * dice()]
  })
  return polygon([[0, canvas.height], ...points, [canvas.width, canvas.height]], fill)
}

/** Mist that thickens downwards between `top` and `bottom`. */
export function mist(
  id: string,
  canvas: Canvas,
  area: { top: number; bottom: number },
  colour: string,
  strength: number,
): string {
  return (
    gradient(id, [
      [0, colour, 0],
      [0.75, colour, strength],
      [1, colour, 0],
    ]) + rect(0, area.top, canvas.width, area.bottom - area.top, `url(#${id})`)
  )
}

/** Water from `top` down, with the light of something at `x` lying on it. */
export function water(
  dice: Dice,
  canvas: Canvas,
  options: { top: number; x: number; from: string; to: string; light: string; glints?: number },
): string {
  const depth = canvas.height - options.top
  const glints = times(options.glints ?? 46, () => {
    const down = dice() ** 1.3
    const spread = 30 + down * 240
    const width = between(dice, 14, 46) * (0.6 + down)
    const x = options.x + (dice() + dice() - 1) * spread - width / 2
    return rect(
      x,
      options.top + 6 + down * (depth - 12),
      width,
      2 + down * 4,
      options.light,
      `rx="3" opacity="${n(0.85 - down * 0.5)}"`,
    )
  })
  const waves = times(40, () => {
    const down = dice()
    const width = between(dice, 30, 150) * (0.5 + down)
    return rect(
      dice() * canvas.width - 50,
      options.top + down * depth,
      width,
      2 + down * 2,
      options.to,
      'opacity="0.45" rx="2"',
    )
  })
  return (
    gradient('water', [
      [0, options.from],
      [1, options.to],
    ]) +
    rect(0, options.top, canvas.width, depth, 'url(#water)') +
    group(waves) +
    group(glints)
  )
}

/** A row of houses from the ground `y` up, some windows lit. */
export function houses(
  dice: Dice,
  canvas: Canvas,
  row: {
    y: number
    low: number
    high: number
    width: readonly [number, number]
    fill: string
    light?: string
    lit?: number
  },
): string {
  const pieces: string[] = []
  for (let x = -20; x < canvas.width;) {
    const width = between(dice, row.width[0], row.width[1])
    const height = between(dice, row.low, row.high) * (dice() < 0.15 ? 1.35 : 1)
    pieces.push(rect(x, row.y - height, width + 1, height + 2, row.fill))
    if (dice() < 0.3) pieces.push(rect(x + width * 0.42, row.y - height - between(dice, 12, 40), 4, 42, row.fill))
    if (row.light !== undefined)
      pieces.push(windows(dice, { x, y: row.y - height, width, height }, row.light, row.lit ?? 0.3))
    x += width
  }
  return group(pieces)
}

export function windows(
  dice: Dice,
  wall: { x: number; y: number; width: number; height: number },
  colour: string,
  share: number,
): string {
  const pieces: string[] = []
  for (let y = wall.y + 12; y < wall.y + wall.height - 14; y += 17) {
    for (let x = wall.x + 8; x < wall.x + wall.width - 9; x += 13) {
      if (dice() < share) pieces.push(rect(x, y, 6, 9, colour, `opacity="${n(between(dice, 0.5, 1))}"`))
    }
  }
  return pieces.join('')
}

/** A round tree: a crown of overlapping discs on a stem that stands at (x, y). */
export function tree(
  dice: Dice,
  x: number,
  y: number,
  size: number,
  colours: { leaf: string; shade: string; stem: string },
): string {
  const crown = times(7, (index) => {
    const angle = (index / 7) * Math.PI * 2
    const reach = size * 0.3
    return disc(
      x + Math.cos(angle) * reach,
      y - size * 0.95 + Math.sin(angle) * reach * 0.8,
      size * between(dice, 0.26, 0.36),
      index % 2 ? colours.leaf : colours.shade,
    )
  })
  return (
    rect(x - size * 0.05, y - size * 0.8, size * 0.1, size * 0.82, colours.stem) +
    group(crown) +
    disc(x - size * 0.06, y - size, size * 0.34, colours.leaf)
  )
}

export function conifer(x: number, y: number, height: number, fill: string): string {
  const width = height * 0.36
  const tiers = times(4, (tier) => {
    const top = y - height + tier * height * 0.21
    const half = (width / 2) * (0.42 + tier * 0.2)
    return `M${n(x)} ${n(top)}L${n(x + half)} ${n(top + height * 0.36)}L${n(x - half)} ${n(top + height * 0.36)}Z`
  })
  return shape(tiers.join(''), fill) + rect(x - height * 0.02, y - height * 0.06, height * 0.04, height * 0.07, fill)
}

export function palm(x: number, y: number, height: number, lean: number, fill: string): string {
  const topX = x + lean
  const topY = y - height
  const trunk = `M${n(x - 9)} ${n(y)}Q${n(x - 4)} ${n(y - height * 0.55)} ${n(topX - 3)} ${n(topY)}L${n(topX + 4)} ${n(topY)}Q${n(x + 8)} ${n(y - height * 0.5)} ${n(x + 10)} ${n(y)}Z`
  const fronds = times(9, (index) => {
    const angle = Math.PI * (0.92 + index * 0.145) + (index % 2) * 0.06
    const reach = height * (0.36 + (index % 3) * 0.05)
    const endX = topX + Math.cos(angle) * reach
    const endY = topY + Math.sin(angle) * reach * 0.62 + Math.abs(Math.cos(angle)) * reach * 0.42
    const bendX = topX + Math.cos(angle) * reach * 0.55
    const bendY = topY + Math.sin(angle) * reach * 0.62 - reach * 0.12
    return `M${n(topX)} ${n(topY)}Q${n(bendX)} ${n(bendY - 9)} ${n(endX)} ${n(endY)}Q${n(bendX)} ${n(bendY + 13)} ${n(topX)} ${n(topY + 5)}Z`
  })
  return shape(trunk, fill) + shape(fronds.join(''), fill)
}

/** A passer-by, for scale: (x, y) is where they stand. */
export function person(x: number, y: number, height: number, fill: string): string {
  const head = height * 0.13
  const half = height * 0.14
  return (
    disc(x, y - height + head, head, fill) +
    shape(
      `M${n(x - half)} ${n(y - height * 0.62)}Q${n(x)} ${n(y - height * 0.84)} ${n(x + half)} ${n(y - height * 0.62)}L${n(x + half * 0.9)} ${n(y - height * 0.34)}L${n(x + half * 0.75)} ${n(y)}L${n(x + 1)} ${n(y)}L${n(x)} ${n(y - height * 0.3)}L${n(x - 1)} ${n(y)}L${n(x - half * 0.75)} ${n(y)}L${n(x - half * 0.9)} ${n(y - height * 0.34)}Z`,
      fill,
    )
  )
}

export function birds(
  dice: Dice,
  area: { x: number; y: number; spread: number; count: number },
  colour: string,
): string {
  return group(
    times(area.count, () => {
      const x = area.x + (dice() - 0.5) * area.spread
      const y = area.y + (dice() - 0.5) * area.spread * 0.4
      const size = between(dice, 6, 13)
      return stroke(
        `M${n(x - size)} ${n(y - size * 0.35)}Q${n(x - size * 0.4)} ${n(y - size * 0.5)} ${n(x)} ${n(y)}Q${n(x + size * 0.4)} ${n(y - size * 0.5)} ${n(x + size)} ${n(y - size * 0.35)}`,
        colour,
        2,
      )
    }),
  )
}
