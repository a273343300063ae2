/*
 * One shelf of pictures, each drawn from front to back in one go: long because there are many, and cutting a picture in two
 * helps nobody.
 */
import {
  between,
  birds,
  clouds,
  crescent,
  type Dice,
  disc,
  glow,
  gradient,
  group,
  houses,
  mirror,
  mist,
  n,
  type Palette,
  person,
  polygon,
  rect,
  ridge,
  shape,
  sky,
  stars,
  stroke,
  sun,
  times,
  tree,
  water,
  windows,
} from './brush.ts'
import type { Drawing } from './draw.ts'

/**
 * Posters of towns. Each is drawn for one landmark; numbers are pixels of its own canvas.
 * Long, and its functions too, because a picture is told from back to front in one go; nothing depends on the inside.
 */

const LANDSCAPE = { width: 1_200, height: 900 }
const PORTRAIT = { width: 900, height: 1_200 }

/** An iron tower over roofs, at a rose-coloured dawn. */
export function ironTower(dice: Dice): Drawing {
  const palette: Palette = {
    sky: ['#3d4f8a', '#c98aa8', '#ffd9b8'],
    sun: '#fff1d6',
    far: '#b07f9f',
    middle: '#7d5b86',
    near: '#4a3b68',
    ink: '#2a2447',
    light: '#ffdf9e',
  }
  const x = 520
  const half = (y: number): number => 10 + 178 * ((y - 190) / 780) ** 2.3
  const legs = (from: number, to: number, inset: number): string => {
    const left = times(13, (step) => from + ((to - from) * step) / 12)
    const outer = left.map((y): [number, number] => [x - half(y), y])
    const inner = left.toReversed().map((y): [number, number] => [x - half(y) * inset, y])
    return mirror(x, polygon([...outer, ...inner], palette.ink))
  }
  const braces = times(24, (step) => {
    const y = 250 + step * 24
    const next = y + 24
    if (next > 760) return ''
    return stroke(
      `M${n(x - half(y))} ${y}L${n(x + half(next))} ${next}M${n(x + half(y))} ${y}L${n(x - half(next))} ${next}`,
      palette.ink,
      3,
    )
  })
  const body = [
    sky(PORTRAIT, palette),
    sun(265, 690, 74, palette),
    clouds(dice, PORTRAIT, { top: 250, bottom: 620 }, '#ffe6d2', 0.32),
    birds(dice, { x: 260, y: 360, spread: 260, count: 7 }, palette.near),
    houses(dice, PORTRAIT, { y: 900, low: 40, high: 95, width: [34, 70], fill: palette.far }),
    mist('mist', PORTRAIT, { top: 760, bottom: 960 }, '#ffe1c9', 0.75),
    houses(dice, PORTRAIT, {
      y: 985,
      low: 50,
      high: 110,
      width: [44, 84],
      fill: palette.middle,
      light: palette.light,
      lit: 0.12,
    }),
    stroke(`M${x} 96V200`, palette.ink, 6),
    rect(x - 9, 168, 18, 36, palette.ink, 'rx="6"'),
    legs(190, 520, 0.52),
    legs(510, 760, 0.6),
    legs(750, 985, 0.62),
    ...braces,
    rect(x - half(520) - 12, 508, half(520) * 2 + 24, 20, palette.ink, 'rx="4"'),
    rect(x - half(760) - 14, 748, half(760) * 2 + 28, 26, palette.ink, 'rx="4"'),
    shape(
      `M${n(x - half(985) * 0.62)} 985Q${x} 700 ${n(x + half(985) * 0.62)} 985L${n(x + half(985) * 0.7)} 985Q${x} 660 ${n(x - half(985) * 0.7)} 985Z`,
      palette.ink,
    ),
    rect(0, 975, 900, 225, palette.near),
    ...times(9, (index) =>
      tree(dice, 30 + index * 108 + between(dice, -20, 20), 1_010, between(dice, 90, 140), {
        leaf: '#5b4676',
        shade: '#4a3b68',
        stem: palette.ink,
      }),
    ),
    rect(0, 1_030, 900, 170, palette.ink),
    polygon(
      [
        [330, 1_200],
        [492, 1_030],
        [548, 1_030],
        [710, 1_200],
      ],
      '#c79aa6',
      'opacity="0.55"',
    ),
    person(482, 1_150, 92, '#1b1733'),
    person(532, 1_156, 84, '#1b1733'),
  ]
  return { ...PORTRAIT, body: body.join('') }
}

/** A stone bridge of two pylons and many cables, with a city behind it at dusk. */
export function cableBridge(dice: Dice): Drawing {
  const palette: Palette = {
    sky: ['#1d2a57', '#8a4f86', '#ff9e6b'],
    sun: '#ffd58a',
    far: '#7a4b7f',
    middle: '#4b3468',
    near: '#2d2450',
    ink: '#171536',
    light: '#ffcf7a',
  }
  const deck = 610
  const pylon = (x: number): string =>
    group([
      rect(x - 62, 270, 124, 430, palette.ink),
      rect(x - 74, 250, 148, 28, palette.ink),
      rect(x - 66, 560, 132, 16, '#2a2450'),
      ...[x - 28, x + 28].map((middle) =>
        shape(
          `M${middle - 18} 560V400Q${middle - 18} 358 ${middle} 336Q${middle + 18} 358 ${middle + 18} 400V560Z`,
          '#b5627a',
        ),
      ),
    ])
  const cable = (from: number, fromY: number, to: number, toY: number, sag: number): string => {
    const at = (part: number): number => fromY + (toY - fromY) * part + sag * 4 * part * (1 - part)
    const hangers = times(22, (index) => {
      const part = (index + 0.5) / 22
      return `M${n(from + (to - from) * part)} ${n(at(part))}V${deck}`
    })
    return (
      stroke(hangers.join(''), palette.ink, 2, 'opacity="0.8"') +
      stroke(`M${from} ${fromY}Q${n((from + to) / 2)} ${n((fromY + toY) / 2 + sag * 2)} ${to} ${toY}`, palette.ink, 7)
    )
  }
  const body = [
    sky(LANDSCAPE, palette),
    sun(700, 560, 82, palette),
    clouds(dice, LANDSCAPE, { top: 120, bottom: 420 }, '#ffb48a', 0.28),
    houses(dice, LANDSCAPE, { y: 650, low: 90, high: 250, width: [28, 58], fill: palette.far }),
    mist('mist', LANDSCAPE, { top: 430, bottom: 700 }, '#ff9e6b', 0.5),
    houses(dice, LANDSCAPE, {
      y: 660,
      low: 60,
      high: 170,
      width: [40, 76],
      fill: palette.middle,
      light: palette.light,
      lit: 0.22,
    }),
    water(dice, LANDSCAPE, { top: 655, x: 700, from: '#a85f7c', to: '#231f49', light: '#ffc98a' }),
    cable(-120, 470, 250, 262, 40),
    cable(250, 262, 950, 262, 150),
    cable(950, 262, 1_320, 470, 40),
    pylon(250),
    pylon(950),
    rect(0, deck, 1_200, 22, palette.ink),
    rect(0, deck - 16, 1_200, 4, palette.ink),
    ...times(60, (index) => rect(index * 20, deck - 16, 3, 18, palette.ink)),
    ...[120, 420, 470, 640, 808].map((x, index) => person(x, deck, 40 + (index % 2) * 4, palette.ink)),
    polygon(
      [
        [188, 700],
        [312, 700],
        [330, 760],
        [170, 760],
      ],
      palette.ink,
    ),
    polygon(
      [
        [888, 700],
        [1_012, 700],
        [1_030, 760],
        [870, 760],
      ],
      palette.ink,
    ),
    birds(dice, { x: 560, y: 190, spread: 280, count: 6 }, palette.near),
  ]
  return { ...LANDSCAPE, body: body.join('') }
}

/** An iron arch with a deck above and one below, over a river between steep banks. */
export function archBridge(dice: Dice): Drawing {
  const palette: Palette = {
    sky: ['#2f6f8f', '#f2b079', '#ffe3a8'],
    sun: '#fff4cf',
    far: '#d98f6c',
    middle: '#b1604f',
    near: '#6d3b48',
    ink: '#33233f',
    light: '#fff0b8',
  }
  const arch = (x: number): number => 300 + ((x - 600) / 470) ** 2 * 340
  const under = (x: number): number => 348 + ((x - 600) / 430) ** 2 * 330
  const spans = times(29, (index) => 140 + index * 32.9)
  const roofs = ['#d9694b', '#e58a58', '#c9553f']
  const walls = ['#f6d7a4', '#f0bf8a', '#fbe8c6', '#e9a778']
  const hill = (left: boolean): string[] =>
    times(30, (index) => {
      const row = Math.floor(index / 6)
      const across = (index % 6) * 56 + (row % 2) * 24
      const width = between(dice, 40, 58)
      const height = between(dice, 44, 74)
      const reach = 330 - row * 34
      const x = left ? across - 30 : 1_200 - across - width + 30
      if (across > reach) return ''
      const y = 470 + row * 54
      const wall = walls[Math.floor(dice() * walls.length)]!
      return group([
        rect(x, y - height, width, height + 60, wall),
        polygon(
          [
            [x - 4, y - height],
            [x + width / 2, y - height - 20],
            [x + width + 4, y - height],
          ],
          roofs[index % 3]!,
        ),
        windows(dice, { x: x - 2, y: y - height, width, height: height + 8 }, palette.near, 0.6),
      ])
    })
  const body = [
    sky(LANDSCAPE, palette),
    sun(770, 330, 66, palette),
    clouds(dice, LANDSCAPE, { top: 60, bottom: 240 }, '#fff0cf', 0.4),
    ridge(dice, LANDSCAPE, { y: 500, height: 30 }, palette.far),
    houses(dice, LANDSCAPE, { y: 620, low: 40, high: 90, width: [30, 60], fill: palette.middle }),
    mist('mist', LANDSCAPE, { top: 430, bottom: 690 }, '#ffdc9f', 0.7),
    water(dice, LANDSCAPE, { top: 660, x: 770, from: '#e8a070', to: '#3d5a73', light: '#fff0c4' }),
    polygon(
      [
        [0, 392],
        [230, 430],
        [330, 560],
        [372, 720],
        [0, 740],
      ],
      palette.near,
    ),
    polygon(
      [
        [1_200, 392],
        [985, 430],
        [880, 560],
        [836, 720],
        [1_200, 740],
      ],
      palette.near,
    ),
    ...hill(true),
    ...hill(false),
    stroke(
      spans
        .map(
          (x) =>
            `M${n(x)} ${n(arch(x))}L${n(x + 32)} ${n(under(x + 32))}M${n(x + 32)} ${n(arch(x + 32))}L${n(x)} ${n(under(x))}`,
        )
        .join(''),
      palette.ink,
      4,
    ),
    stroke(`M130 ${n(arch(130))}Q600 ${n(600 - arch(130))} 1070 ${n(arch(1_070))}`, palette.ink, 13),
    stroke(`M170 ${n(under(170))}Q600 ${n(696 - under(170))} 1030 ${n(under(1_030))}`, palette.ink, 10),
    stroke(
      times(27, (index) => `M${80 + index * 40} 290V${n(Math.max(290, Math.min(arch(80 + index * 40), 640)))}`).join(
        '',
      ),
      palette.ink,
      4,
    ),
    rect(-10, 272, 1_220, 22, palette.ink),
    rect(330, 640, 540, 15, palette.ink),
    stroke(times(9, (index) => `M${400 + index * 50} ${n(under(400 + index * 50))}V644`).join(''), palette.ink, 3),
    rect(690, 238, 120, 34, '#f4e3b6', 'rx="5"'),
    rect(698, 246, 104, 13, palette.ink, 'rx="3"'),
    ...[240, 470, 515, 905].map((x) => person(x, 272, 38, palette.ink)),
    shape('M500 792Q640 836 790 786L770 818Q640 850 522 820Z', palette.ink),
    stroke('M612 806L700 700', palette.ink, 5),
    ...times(3, (index) => rect(560 + index * 46, 778, 34, 24, '#8a4a3c', 'rx="8"')),
    birds(dice, { x: 330, y: 150, spread: 240, count: 6 }, palette.near),
  ]
  return { ...LANDSCAPE, body: body.join('') }
}

/** Gabled houses on a canal at the blue hour, with their lights in the water. */
export function canalHouses(dice: Dice): Drawing {
  const palette: Palette = {
    sky: ['#132a4c', '#3d6288', '#f0a97c'],
    sun: '#ffe2b0',
    far: '#3a4a6b',
    middle: '#253557',
    near: '#17233f',
    ink: '#0e1730',
    light: '#ffd27d',
  }
  const bricks = ['#8c3f3a', '#5a2f42', '#b5624a', '#40354f', '#a04c46', '#6e4a3f', '#2f4058']
  let x = 14
  const fronts: string[] = []
  for (let index = 0; x < 1_170; index++) {
    const width = between(dice, 112, 150)
    const top = between(dice, 250, 320)
    const fill = bricks[index % bricks.length]!
    const middle = x + width / 2
    const gables = [
      `M${n(x)} ${n(top)}h${n(width * 0.16)}v-26h${n(width * 0.14)}v-26h${n(width * 0.14)}v-24h${n(width * 0.12)}v24h${n(width * 0.14)}v26h${n(width * 0.14)}v26h${n(width * 0.16)}Z`,
      `M${n(x)} ${n(top)}Q${n(middle - width * 0.2)} ${n(top - 8)} ${n(middle - width * 0.2)} ${n(top - 70)}Q${n(middle)} ${n(top - 104)} ${n(middle + width * 0.2)} ${n(top - 70)}Q${n(middle + width * 0.2)} ${n(top - 8)} ${n(x + width)} ${n(top)}Z`,
      `M${n(x)} ${n(top)}L${n(middle - 15)} ${n(top - 82)}h30L${n(x + width)} ${n(top)}Z`,
    ]
    const panes = times(12, (pane) => {
      const column = pane % 3
      const row = Math.floor(pane / 3)
      const lit = dice() < 0.46
      return rect(
        x + width * (0.14 + column * 0.27),
        top + 24 + row * 70,
        width * 0.18,
        46,
        lit ? palette.light : palette.ink,
        `stroke="#e9dcc5" stroke-width="3" stroke-opacity="0.55"`,
      )
    })
    fronts.push(
      shape(gables[index % 3]!, fill),
      rect(x, top - 1, width, 602 - top, fill),
      disc(middle, top - 24, 11, dice() < 0.6 ? palette.light : palette.ink),
      ...panes,
      rect(middle - 15, 546, 30, 56, palette.ink),
      rect(middle - 13, 538, 26, 10, palette.light, 'opacity="0.8"'),
    )
    x += width + 3
  }
  const row = group(fronts)
  const body = [
    sky(LANDSCAPE, palette),
    stars(dice, LANDSCAPE, 230, '#fff3da'),
    crescent(930, 120, 34, '#fff0cf'),
    clouds(dice, LANDSCAPE, { top: 150, bottom: 300 }, '#f7c39c', 0.18),
    row,
    rect(0, 600, 1_200, 32, palette.ink),
    ...times(3, (index) =>
      tree(dice, 190 + index * 410 + between(dice, -30, 30), 606, between(dice, 150, 190), {
        leaf: '#1f3a44',
        shade: '#182c3a',
        stem: palette.ink,
      }),
    ),
    rect(0, 632, 1_200, 268, '#1c3154'),
    `<g transform="translate(0 1264) scale(1 -1)" opacity="0.42">${row}</g>`,
    gradient('depth', [
      [0, '#1b2c4f', 0.35],
      [1, '#0c1530', 0.96],
    ]),
    rect(0, 632, 1_200, 268, 'url(#depth)'),
    ...times(90, () => {
      const y = between(dice, 640, 890)
      return rect(
        dice() * 1_200,
        y,
        between(dice, 18, 90),
        2.5,
        dice() < 0.4 ? palette.light : '#4d6f96',
        `rx="1" opacity="${n(between(dice, 0.2, 0.6))}"`,
      )
    }),
    ...[90, 560, 1_010].map((lamp) =>
      group([
        glow(`lamp${lamp}`, palette.light, 0.7),
        disc(lamp, 520, 46, `url(#lamp${lamp})`),
        rect(lamp - 2, 524, 4, 80, palette.ink),
        disc(lamp, 520, 8, '#fff3c9'),
      ]),
    ),
    shape('M640 744h330l-26 52H690Z', palette.ink),
    rect(700, 712, 190, 34, '#26385c', 'rx="6"'),
    ...times(4, (index) => rect(714 + index * 44, 720, 28, 16, palette.light, 'rx="3"')),
    stroke(
      'M300 604a24 24 0 1 1 .1 0M372 604a24 24 0 1 1 .1 0M300 580L326 544L372 580M326 544L318 536M300 580L340 580L362 546',
      '#0a1124',
      4,
    ),
  ]
  return { ...LANDSCAPE, body: body.join('') }
}

/** Towers and statues on an old stone bridge, in the mist of a morning. */
export function statueBridge(dice: Dice): Drawing {
  const palette: Palette = {
    sky: ['#7fa3b5', '#d9c7b0', '#ffe2b6'],
    sun: '#fff6dc',
    far: '#a9a79f',
    middle: '#77797f',
    near: '#4d5160',
    ink: '#2c3040',
    light: '#fff1c9',
  }
  const spire = (x: number, base: number, width: number, height: number, fill: string): string =>
    rect(x - width / 2, base - height, width, height, fill) +
    polygon(
      [
        [x - width * 0.62, base - height],
        [x, base - height - width * 2.2],
        [x + width * 0.62, base - height],
      ],
      fill,
    ) +
    polygon(
      [
        [x - width * 0.6, base - height],
        [x - width * 0.46, base - height - width * 0.9],
        [x - width * 0.3, base - height],
      ],
      fill,
    ) +
    polygon(
      [
        [x + width * 0.6, base - height],
        [x + width * 0.46, base - height - width * 0.9],
        [x + width * 0.3, base - height],
      ],
      fill,
    )
  const dome = (x: number, base: number, width: number, fill: string): string =>
    rect(x - width / 2, base - width * 0.7, width, width * 0.7, fill) +
    shape(
      `M${n(x - width * 0.54)} ${n(base - width * 0.68)}Q${n(x - width * 0.54)} ${n(base - width * 1.3)} ${n(x)} ${n(base - width * 1.36)}Q${n(x + width * 0.54)} ${n(base - width * 1.3)} ${n(x + width * 0.54)} ${n(base - width * 0.68)}Z`,
      fill,
    ) +
    rect(x - 4, base - width * 1.6, 8, width * 0.3, fill)
  const statue = (x: number, size: number): string =>
    rect(x - size * 0.3, 590 - size * 0.42, size * 0.6, size * 0.46, palette.ink) +
    rect(x - size * 0.36, 590 - size * 0.46, size * 0.72, size * 0.07, palette.ink) +
    shape(
      `M${n(x - size * 0.24)} ${n(590 - size * 0.44)}Q${n(x - size * 0.2)} ${n(590 - size * 0.9)} ${n(x - size * 0.08)} ${n(590 - size * 1.2)}H${n(x + size * 0.08)}Q${n(x + size * 0.2)} ${n(590 - size * 0.9)} ${n(x + size * 0.24)} ${n(590 - size * 0.44)}Z`,
      palette.ink,
    ) +
    disc(x, 590 - size * 1.27, size * 0.085, palette.ink) +
    stroke(
      `M${n(x + size * 0.08)} ${n(590 - size * 1.02)}L${n(x + size * 0.27)} ${n(590 - size * 1.14)}`,
      palette.ink,
      size * 0.06,
    ) +
    stroke(
      `M${n(x + size * 0.28)} ${n(590 - size * 0.7)}V${n(590 - size * 1.46)}M${n(x + size * 0.18)} ${n(590 - size * 1.36)}H${n(x + size * 0.38)}`,
      palette.ink,
      size * 0.035,
    )
  const arches = times(5, (index) => {
    const x = 20 + index * 268
    return `M${x} 800V740Q${x} 660 ${x + 94} 656Q${x + 188} 660 ${x + 188} 740V800Z`
  })
  const body = [
    sky(LANDSCAPE, palette),
    sun(850, 260, 58, palette),
    group([
      spire(330, 420, 34, 130, palette.far),
      spire(392, 420, 34, 130, palette.far),
      rect(150, 372, 420, 60, palette.far),
      spire(180, 400, 22, 40, palette.far),
      ridge(dice, LANDSCAPE, { y: 440, height: 26 }, palette.far),
    ]),
    mist('first', LANDSCAPE, { top: 340, bottom: 560 }, '#ffe6bf', 0.85),
    houses(dice, LANDSCAPE, { y: 600, low: 50, high: 110, width: [44, 80], fill: palette.middle }),
    dome(640, 560, 92, palette.middle),
    spire(1_010, 600, 40, 190, palette.middle),
    mist('second', LANDSCAPE, { top: 430, bottom: 660 }, '#ffe9c9', 0.8),
    water(dice, LANDSCAPE, { top: 690, x: 850, from: '#d8c4a8', to: '#5d6b7c', light: '#fff3d0', glints: 34 }),
    spire(1_092, 640, 118, 300, palette.near),
    shape('M1056 640V560Q1092 500 1128 560V640Z', '#cdb698'),
    shape(`M-10 590H1210V812H-10Z${arches.join('')}`, palette.near, 'fill-rule="evenodd"'),
    rect(-10, 582, 1_220, 26, palette.ink),
    ...[96, 362, 630, 898].map((x, index) => statue(x, 96 + (index % 2) * 16)),
    ...times(4, (index) =>
      polygon(
        [
          [194 + index * 268, 830],
          [212 + index * 268, 720],
          [284 + index * 268, 720],
          [302 + index * 268, 830],
        ],
        palette.ink,
      ),
    ),
    mist('third', LANDSCAPE, { top: 640, bottom: 900 }, '#f4e3cb', 0.5),
    person(232, 584, 58, palette.ink),
    person(258, 584, 54, palette.ink),
    person(780, 584, 58, palette.ink),
    birds(dice, { x: 540, y: 250, spread: 320, count: 9 }, palette.near),
  ]
  return { ...LANDSCAPE, body: body.join('') }
}

/** A concourse with tall windows and the light that falls through them. */
export function stationHall(dice: Dice): Drawing {
  const ink = '#2b1d14'
  const window = (x: number): string => {
    const panes = times(7, (index) => `M${x - 78 + index * 26} 160V690`)
    const bars = times(12, (index) => `M${x - 90} ${200 + index * 42}H${x + 90}`)
    return (
      shape(`M${x - 90} 690V240Q${x - 90} 130 ${x} 130Q${x + 90} 130 ${x + 90} 240V690Z`, '#fff2c9') +
      `<clipPath id="w${x}"><path d="M${x - 90} 690V240Q${x - 90} 130 ${x} 130Q${x + 90} 130 ${x + 90} 240V690Z"/></clipPath>` +
      `<g clip-path="url(#w${x})">${stroke(panes.join('') + bars.join(''), '#b07a3c', 4)}</g>`
    )
  }
  const crowd = times(26, () => {
    const depth = dice()
    return { x: between(dice, 40, 860), y: 900 + depth * 250, height: 54 + depth * 76 }
  }).toSorted((a, b) => a.y - b.y)
  const body = [
    gradient('wall', [
      [0, '#3b5a57'],
      [0.18, '#8a6a3c'],
      [0.62, '#c08a48'],
      [1, '#4a2f1d'],
    ]),
    rect(0, 0, 900, 1_200, 'url(#wall)'),
    shape('M0 0H900V120Q450 10 0 120Z', '#27453f'),
    group(
      times(34, () => disc(between(dice, 30, 870), between(dice, 8, 66), between(dice, 1.4, 3.4), '#ffe9a8')),
      'opacity="0.9"',
    ),
    stroke('M0 122Q450 12 900 122', '#e0b169', 8),
    ...[170, 450, 730].map(window),
    ...[30, 310, 590, 870].map(
      (x) =>
        rect(x - 40, 120, 80, 760, '#6b4726') +
        rect(x - 40, 120, 14, 760, '#8d6033') +
        rect(x - 54, 690, 108, 26, '#4d321b'),
    ),
    gradient('beam', [
      [0, '#fff0c0', 0.62],
      [1, '#fff0c0', 0],
    ]),
    ...[170, 450, 730].map((x) =>
      polygon(
        [
          [x - 84, 230],
          [x + 84, 210],
          [x + 20, 1_130],
          [x - 330, 1_130],
        ],
        'url(#beam)',
      ),
    ),
    gradient('floor', [
      [0, '#a9743c'],
      [1, '#3a2415'],
    ]),
    rect(0, 880, 900, 320, 'url(#floor)'),
    ...[90, 330, 590].map((x) =>
      polygon(
        [
          [x - 70, 892],
          [x + 90, 892],
          [x + 10, 1_090],
          [x - 190, 1_090],
        ],
        '#ffe3a0',
        'opacity="0.4"',
      ),
    ),
    group([
      rect(404, 800, 92, 92, '#5c3a1f', 'rx="8"'),
      polygon(
        [
          [392, 804],
          [450, 772],
          [508, 804],
        ],
        '#7a5228',
      ),
      rect(444, 726, 12, 50, '#e0b169'),
      disc(450, 712, 30, '#e9c27a'),
      disc(450, 712, 23, '#fff7df'),
      stroke('M450 712V696M450 712L460 718', ink, 3),
    ]),
    ...crowd.map(
      ({ x, y, height }) =>
        `<ellipse cx="${n(x - height * 0.26)}" cy="${n(y + 3)}" rx="${n(height * 0.4)}" ry="${n(height * 0.06)}" fill="#1d120b" opacity="0.45"/>` +
        person(x, y, height, ink),
    ),
  ]
  return { ...PORTRAIT, body: body.join('') }
}

/** A canal between signs and lanterns, at night, after rain. */
export function lanternQuarter(dice: Dice): Drawing {
  const ink = '#120b24'
  const neon = ['#ff4d6d', '#ffb23e', '#39d0d8', '#ff7ab8', '#ffe27a', '#8f7bff']
  // Walls run towards a vanishing point in the middle; `near` is 1 at the canvas's edge.
  const signs = (left: boolean): string[] =>
    times(22, (index) => {
      const near = (index / 21) ** 0.9
      const colour = neon[Math.floor(dice() * neon.length)]!
      const width = between(dice, 30, 58) * (0.45 + near)
      const height = between(dice, 60, 170) * (0.4 + near)
      const edge = 330 - near * 330
      const x = left ? edge - width * 0.2 : 900 - edge - width * 0.8
      const y = 440 - near * 250 + dice() * (150 + near * 260)
      const strokes = times(3, (row) =>
        rect(
          x + width * 0.3,
          y + height * (0.16 + row * 0.27),
          width * 0.4,
          height * 0.15,
          '#fff6e0',
          'opacity="0.9" rx="3"',
        ),
      )
      return group([
        disc(x + width / 2, y + height / 2, height * 0.9, `url(#neon${neon.indexOf(colour)})`),
        rect(x, y, width, height, colour, 'rx="7"'),
        rect(
          x + 4,
          y + 4,
          width - 8,
          height - 8,
          'none',
          'rx="5" stroke="#fff6e0" stroke-opacity="0.6" stroke-width="2"',
        ),
        ...strokes,
      ])
    })
  const facade = (left: boolean): string =>
    group(
      times(7, (column) => {
        const near = (column + 1) / 7
        const outer = 330 - near * 330
        const inner = 330 - (column / 7) * 330
        const top = 440 - near * 340
        const rows = times(7, (row) => {
          const y = top + 40 + row * (90 + near * 20)
          const lit = dice() < 0.55 && y < 740
          if (!lit) return ''
          const width = (inner - outer) * 0.62
          const x = left ? outer + 8 : 900 - outer - 8 - width
          return rect(
            x,
            y,
            width,
            30 + near * 16,
            dice() < 0.5 ? '#ffcf7a' : '#ff9d6b',
            `opacity="${n(between(dice, 0.4, 0.95))}"`,
          )
        })
        const x = left ? outer : 900 - inner
        return group([rect(x, top, inner - outer + 1, 800 - top, column % 2 ? '#2c1a4a' : '#38225a'), ...rows])
      }),
    )
  const lanterns = (y: number, count: number, size: number, sag: number): string[] =>
    times(count, (index) => {
      const part = (index + 0.5) / count
      const x = part * 900
      const top = y + sag * 4 * part * (1 - part)
      return group([
        disc(x, top + size * 0.6, size * 1.7, 'url(#warm)'),
        `<ellipse cx="${n(x)}" cy="${n(top + size * 0.62)}" rx="${n(size * 0.5)}" ry="${n(size * 0.62)}" fill="#ff6a45"/>`,
        `<ellipse cx="${n(x)}" cy="${n(top + size * 0.62)}" rx="${n(size * 0.22)}" ry="${n(size * 0.6)}" fill="#ffb36b"/>`,
        rect(x - size * 0.2, top, size * 0.4, size * 0.13, ink),
        rect(x - size * 0.2, top + size * 1.16, size * 0.4, size * 0.13, ink),
      ])
    })
  const street = group([
    rect(330, 470, 240, 310, '#4a2564'),
    windows(dice, { x: 336, y: 480, width: 230, height: 240 }, '#ffcf7a', 0.5),
    facade(true),
    facade(false),
    rect(0, 742, 900, 50, '#1b1030'),
    ...times(24, (index) =>
      rect(index * 38 + 4, 748, 26, 30, dice() < 0.6 ? '#ffb45e' : '#3a2050', 'rx="2" opacity="0.9"'),
    ),
    ...signs(true),
    ...signs(false),
    rect(380, 706, 140, 12, ink),
    shape('M340 760Q450 650 560 760L560 742Q450 632 340 742Z', ink),
    ...[410, 446, 492].map((x) => person(x, 704, 34, ink)),
  ])
  const body = [
    gradient('night', [
      [0, '#0d0b2c'],
      [0.6, '#3a1a52'],
      [1, '#a33a5e'],
    ]),
    rect(0, 0, 900, 1_200, 'url(#night)'),
    glow('warm', '#ff8a4a', 0.55),
    ...neon.map((colour, index) => glow(`neon${index}`, colour, 0.45)),
    stars(dice, PORTRAIT, 260, '#ffe9d0'),
    street,
    rect(0, 792, 900, 408, '#150d2c'),
    `<g transform="translate(0 1580) scale(1 -1)" opacity="0.5">${street}</g>`,
    gradient('wet', [
      [0, '#120b24', 0.1],
      [1, '#0a0718', 0.9],
    ]),
    rect(0, 792, 900, 408, 'url(#wet)'),
    ...times(150, () => {
      const y = between(dice, 800, 1_190)
      return rect(
        dice() * 900 - 30,
        y,
        between(dice, 20, 120),
        2.4,
        neon[Math.floor(dice() * neon.length)]!,
        `rx="1" opacity="${n(between(dice, 0.2, 0.7))}"`,
      )
    }),
    rect(0, 780, 900, 16, ink),
    stroke('M0 118Q450 260 900 100', ink, 3),
    ...lanterns(112, 9, 54, 68),
    stroke('M0 300Q450 400 900 290', ink, 2),
    ...lanterns(298, 11, 36, 48),
  ]
  return { ...PORTRAIT, body: body.join('') }
}

/** Nine spheres on a lattice, against a clear sky. */
export function spheres(dice: Dice): Drawing {
  const palette: Palette = {
    sky: ['#1f6fae', '#6bb7d9', '#e6f3e8'],
    sun: '#fffbe6',
    far: '#7fb6a3',
    middle: '#4d8f7c',
    near: '#2c6659',
    ink: '#17384a',
    light: '#ffffff',
  }
  const at = (x: number, y: number): [number, number] => [450 + x * 235, 540 + y * 215]
  const top = at(0, -1.72)
  const bottom = at(0, 1.72)
  const ring = [at(-0.95, -1), at(0.95, -1), at(-1.12, 0.05), at(1.12, 0.05), at(-0.95, 1.02), at(0.95, 1.02)]
  const centre = at(0, 0)
  const tubes = [
    ...ring.map(([x, y]) => `M${n(centre[0])} ${n(centre[1])}L${n(x)} ${n(y)}`),
    `M${n(top[0])} ${n(top[1])}L${n(bottom[0])} ${n(bottom[1])}`,
    ...[0, 1].map((index) => `M${n(top[0])} ${n(top[1])}L${n(ring[index]![0])} ${n(ring[index]![1])}`),
    ...[4, 5].map((index) => `M${n(bottom[0])} ${n(bottom[1])}L${n(ring[index]![0])} ${n(ring[index]![1])}`),
    `M${n(ring[0]![0])} ${n(ring[0]![1])}L${n(ring[2]![0])} ${n(ring[2]![1])}L${n(ring[4]![0])} ${n(ring[4]![1])}`,
    `M${n(ring[1]![0])} ${n(ring[1]![1])}L${n(ring[3]![0])} ${n(ring[3]![1])}L${n(ring[5]![0])} ${n(ring[5]![1])}`,
  ].join('')
  const sphere = ([x, y]: [number, number], radius: number): string =>
    disc(x, y, radius, 'url(#steel)') +
    stroke(
      `M${n(x - radius * 0.96)} ${n(y + radius * 0.1)}Q${n(x)} ${n(y + radius * 0.42)} ${n(x + radius * 0.96)} ${n(y + radius * 0.1)}M${n(x - radius * 0.9)} ${n(y - radius * 0.3)}Q${n(x)} ${n(y - radius * 0.02)} ${n(x + radius * 0.9)} ${n(y - radius * 0.3)}`,
      '#2f6a8c',
      2.5,
      'opacity="0.55"',
    ) +
    times(7, (index) =>
      rect(x - radius * 0.6 + index * radius * 0.18, y + radius * 0.2, radius * 0.1, radius * 0.1, '#fff4c2', 'rx="3"'),
    ).join('')
  const body = [
    sky(PORTRAIT, palette),
    clouds(dice, PORTRAIT, { top: 90, bottom: 700 }, '#ffffff', 0.6),
    `<radialGradient id="steel" cx="0.34" cy="0.28" r="0.85"><stop offset="0" stop-color="#ffffff"/><stop offset="0.35" stop-color="#cfe3ec"/><stop offset="0.75" stop-color="#5d95b2"/><stop offset="1" stop-color="#1f4c69"/></radialGradient>`,
    ridge(dice, PORTRAIT, { y: 1_000, height: 26 }, palette.far),
    ...times(10, (index) =>
      tree(dice, index * 98 + between(dice, -10, 40), 1_070, between(dice, 90, 140), {
        leaf: '#5ea287',
        shade: palette.middle,
        stem: palette.near,
      }),
    ),
    stroke(tubes, '#17405a', 26),
    stroke(tubes, '#8fbcd0', 14),
    polygon(
      [
        [392, 900],
        [508, 900],
        [560, 1_090],
        [340, 1_090],
      ],
      '#24566f',
    ),
    ...[top, ...ring, bottom].map((point) => sphere(point, 86)),
    sphere(centre, 96),
    rect(top[0] - 3, top[1] - 150, 6, 70, palette.ink),
    rect(0, 1_080, 900, 120, palette.near),
    rect(0, 1_080, 900, 10, '#8ccaa8'),
    ...[130, 168, 300, 640, 676, 770].map((x, index) => person(x, 1_140 + (index % 3) * 14, 66, palette.ink)),
  ]
  return { ...PORTRAIT, body: body.join('') }
}
