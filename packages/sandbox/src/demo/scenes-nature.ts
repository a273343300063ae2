/*
 * One shelf of pictures, each drawn from front to back in one go: long because there are many, and cutting a picture in two
 * helps nobody.
 */
import {
  between,
  birds,
  clouds,
  conifer,
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
  palm,
  person,
  type Point,
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
} from './brush.ts'
import type { Drawing } from './draw.ts'

/**
 * Posters of landscapes, gardens and shores. Each is drawn for one landmark; numbers are pixels of its own canvas.
 * Long, and its functions too, because a picture is told from back to front in one go; nothing depends on the inside.
 */

const LANDSCAPE = { width: 1_200, height: 900 }
const PORTRAIT = { width: 900, height: 1_200 }

/** A path under one vermilion gate after the other, up through a wood. */
export function gatePath(dice: Dice): Drawing {
  const gate = (x: number, ground: number, size: number, shade: number): string => {
    const red = ['#ff6a3d', '#ee5430', '#d5442b', '#b33a2b', '#8e3029'][shade]!
    const dark = ['#3a1518', '#341317', '#2c1116', '#241016', '#1d0e16'][shade]!
    const half = size * 0.47
    const post = size * 0.085
    const top = ground - size * 1.16
    return group([
      rect(x - half, top + size * 0.1, post, size * 1.06, red),
      rect(x + half - post, top + size * 0.1, post, size * 1.06, red),
      rect(x - half - post * 0.2, ground - size * 0.13, post * 1.4, size * 0.13, dark),
      rect(x + half - post * 1.2, ground - size * 0.13, post * 1.4, size * 0.13, dark),
      rect(x - half - size * 0.07, top + size * 0.25, size * 1.08, size * 0.07, red),
      shape(
        `M${n(x - size * 0.66)} ${n(top - size * 0.035)}Q${n(x)} ${n(top + size * 0.05)} ${n(x + size * 0.66)} ${n(top - size * 0.035)}L${n(x + size * 0.62)} ${n(top + size * 0.1)}Q${n(x)} ${n(top + size * 0.15)} ${n(x - size * 0.62)} ${n(top + size * 0.1)}Z`,
        red,
      ),
      shape(
        `M${n(x - size * 0.68)} ${n(top - size * 0.075)}Q${n(x)} ${n(top + size * 0.015)} ${n(x + size * 0.68)} ${n(top - size * 0.075)}L${n(x + size * 0.66)} ${n(top - size * 0.015)}Q${n(x)} ${n(top + size * 0.065)} ${n(x - size * 0.66)} ${n(top - size * 0.015)}Z`,
        dark,
      ),
      rect(x - size * 0.045, top + size * 0.13, size * 0.09, size * 0.13, dark),
    ])
  }
  const trunks = times(26, () => {
    const x = dice() * 900
    const width = between(dice, 14, 44)
    return rect(x, -10, width, 1_000, dice() < 0.5 ? '#17352f' : '#0f2a2a', `opacity="${n(between(dice, 0.5, 1))}"`)
  })
  const steps = times(12, (index) => {
    const near = (index / 11) ** 1.5
    const y = 700 + near * 500
    const half = 90 + near * 420
    return rect(450 - half, y, half * 2, 14 + near * 40, index % 2 ? '#6b5a52' : '#85726a')
  })
  const gates = times(8, (index) => {
    const near = (index / 7) ** 1.9
    return gate(450 + (1 - near) * 26, 716 + near * 470, 210 + near * 640, Math.max(0, 4 - Math.floor(index / 1.5)))
  })
  const body = [
    gradient('wood', [
      [0, '#0d2a2b'],
      [0.5, '#2c5a48'],
      [1, '#0e2223'],
    ]),
    rect(0, 0, 900, 1_200, 'url(#wood)'),
    glow('clearing', '#fff0b0', 0.95),
    disc(474, 560, 420, 'url(#clearing)'),
    ...trunks,
    disc(474, 590, 250, 'url(#clearing)'),
    gradient('shaft', [
      [0, '#fff3c4', 0.34],
      [1, '#fff3c4', 0],
    ]),
    ...times(4, (index) =>
      polygon(
        [
          [560 + index * 60, 0],
          [620 + index * 70, 0],
          [430 + index * 20, 1_000],
          [270 + index * 30, 1_000],
        ],
        'url(#shaft)',
      ),
    ),
    polygon(
      [
        [360, 700],
        [540, 700],
        [960, 1_200],
        [-60, 1_200],
      ],
      '#4c403c',
    ),
    ...steps,
    ...times(26, () => disc(between(dice, -20, 260), between(dice, 860, 1_200), between(dice, 14, 44), '#12302b')),
    ...times(26, () => disc(between(dice, 640, 920), between(dice, 860, 1_200), between(dice, 14, 44), '#12302b')),
    ...gates,
    person(440, 850, 62, '#1c1216'),
    person(468, 852, 56, '#1c1216'),
    ...times(40, () => disc(dice() * 900, dice() * 1_200, between(dice, 1, 3), '#fff3c4', 'opacity="0.55"')),
  ]
  return { ...PORTRAIT, body: body.join('') }
}

/** A snow-covered volcano in a lake, with blossom in front. */
export function lakeMountain(dice: Dice): Drawing {
  const palette: Palette = {
    sky: ['#4b73a8', '#f2a7a0', '#ffe0c2'],
    sun: '#fff3df',
    far: '#8a86b3',
    middle: '#5b6a98',
    near: '#37507d',
    ink: '#22304f',
    light: '#ffe9d2',
  }
  const lake = 620
  const mountain = group([
    shape(
      `M120 ${lake}C330 560 470 330 540 226Q566 206 600 212Q634 204 660 226C730 330 870 560 1080 ${lake}Z`,
      'url(#stone)',
    ),
    shape(
      'M540 226Q566 206 600 212Q634 204 660 226C682 260 708 298 736 338L706 322L690 372L664 328L640 392L612 334L584 398L560 336L532 376L512 326L470 332C498 292 522 254 540 226Z',
      '#fff6ee',
    ),
    shape('M600 212Q634 204 660 226C682 260 708 298 736 338L706 322L690 372L664 328L640 392L620 340Z', '#e3c9d6'),
  ])
  const blossom = times(150, () => {
    const along = dice()
    const x = 1_210 - along * 560
    const y = 40 + along * 150 + (dice() - 0.5) * 170 * (1 - along * 0.6)
    const colour = ['#ffd1da', '#ffb3c4', '#ff9db5', '#fff0f0'][Math.floor(dice() * 4)]!
    return disc(x, y, between(dice, 6, 17), colour, 'opacity="0.94"')
  })
  const body = [
    sky(LANDSCAPE, palette),
    sun(300, 330, 62, palette),
    clouds(dice, LANDSCAPE, { top: 90, bottom: 330 }, '#fff1e6', 0.45),
    gradient('stone', [
      [0, '#6f7fae'],
      [0.6, '#51639a'],
      [1, '#8d8ab8'],
    ]),
    ridge(dice, LANDSCAPE, { y: 575, height: 24 }, palette.far),
    mountain,
    mist('mist', LANDSCAPE, { top: 440, bottom: 640 }, '#ffdccb', 0.85),
    clouds(dice, LANDSCAPE, { top: 430, bottom: 520 }, '#fff1e6', 0.7),
    ridge(dice, LANDSCAPE, { y: 606, height: 12 }, palette.middle),
    ...times(46, (index) => conifer(index * 27 + between(dice, -8, 8), lake + 4, between(dice, 22, 50), palette.near)),
    water(dice, LANDSCAPE, { top: lake, x: 300, from: '#f3b9ab', to: '#3f6194', light: '#fff3df' }),
    `<clipPath id="lake"><rect x="0" y="${lake}" width="1200" height="280"/></clipPath>`,
    `<g clip-path="url(#lake)"><g transform="translate(0 ${lake * 1.62}) scale(1 -0.62)" opacity="0.34">${mountain}</g></g>`,
    ...times(30, () =>
      rect(dice() * 1_200, between(dice, 640, 880), between(dice, 40, 160), 3, '#fff1e6', 'opacity="0.3" rx="2"'),
    ),
    shape('M470 760Q560 790 690 758L668 782Q570 806 492 784Z', palette.ink),
    person(580, 770, 66, palette.ink),
    stroke('M590 726L668 792', palette.ink, 4),
    stroke('M1230 30Q1010 60 850 150Q760 190 640 200M1010 88Q960 160 900 190M900 126Q840 110 770 128', '#4a2f45', 11),
    ...blossom,
    ...times(26, () =>
      disc(between(dice, 300, 1_150), between(dice, 240, 860), between(dice, 3, 6), '#ffc4d2', 'opacity="0.9"'),
    ),
  ]
  return { ...LANDSCAPE, body: body.join('') }
}

/** White shells of a concert hall on a harbour, a ferry passing. */
export function harbourShells(dice: Dice): Drawing {
  const palette: Palette = {
    sky: ['#0f8fa8', '#8ed3c7', '#fff0c2'],
    sun: '#fff8e0',
    far: '#6fb0ad',
    middle: '#3f8891',
    near: '#21616f',
    ink: '#0f3b4d',
    light: '#ffffff',
  }
  const shell = (x: number, base: number, width: number, height: number, flip = 1): string => {
    const tip = x + width * flip
    return (
      shape(
        `M${n(x)} ${base}C${n(x + width * 0.1 * flip)} ${n(base - height * 0.72)} ${n(x + width * 0.62 * flip)} ${n(base - height)} ${n(tip)} ${n(base - height)}C${n(x + width * 0.86 * flip)} ${n(base - height * 0.62)} ${n(x + width * 0.84 * flip)} ${n(base - height * 0.3)} ${n(x + width * 0.9 * flip)} ${base}Z`,
        '#fffaf0',
      ) +
      shape(
        `M${n(tip)} ${n(base - height)}C${n(x + width * 0.86 * flip)} ${n(base - height * 0.62)} ${n(x + width * 0.84 * flip)} ${n(base - height * 0.3)} ${n(x + width * 0.9 * flip)} ${base}L${n(x + width * 0.6 * flip)} ${base}C${n(x + width * 0.58 * flip)} ${n(base - height * 0.4)} ${n(x + width * 0.72 * flip)} ${n(base - height * 0.76)} ${n(tip)} ${n(base - height)}Z`,
        '#d9d2c3',
      ) +
      stroke(
        times(
          3,
          (index) =>
            `M${n(x + width * (0.16 + index * 0.15) * flip)} ${base}C${n(x + width * (0.2 + index * 0.13) * flip)} ${n(base - height * 0.6)} ${n(x + width * (0.6 + index * 0.06) * flip)} ${n(base - height * 0.9)} ${n(tip)} ${n(base - height)}`,
        ).join(''),
        '#e6dcc8',
        2,
      )
    )
  }
  const arch = times(31, (index): Point => [60 + index * 17, 560 - Math.sin((index / 30) * Math.PI) * 130])
  const lower = times(31, (index): Point => [76 + index * 16, 566 - Math.sin((index / 30) * Math.PI) * 92])
  const body = [
    sky(LANDSCAPE, palette),
    sun(905, 250, 60, palette),
    clouds(dice, LANDSCAPE, { top: 60, bottom: 330 }, '#ffffff', 0.5),
    houses(dice, LANDSCAPE, { y: 580, low: 40, high: 160, width: [26, 54], fill: palette.far }),
    mist('mist', LANDSCAPE, { top: 420, bottom: 600 }, '#fff3cf', 0.6),
    stroke(
      arch
        .map(
          ([x, y], index) =>
            `M${n(x)} ${n(y)}L${n(lower[index]![0])} ${n(lower[index]![1])}${index < 30 ? `L${n(arch[index + 1]![0])} ${n(arch[index + 1]![1])}` : ''}`,
        )
        .join(''),
      palette.middle,
      3,
    ),
    stroke(`M${arch.map(([x, y]) => `${n(x)} ${n(y)}`).join('L')}`, palette.near, 7),
    stroke(`M${lower.map(([x, y]) => `${n(x)} ${n(y)}`).join('L')}`, palette.near, 5),
    stroke(
      times(25, (index) => `M${92 + index * 19} ${n(566 - Math.sin(((index + 1) / 26) * Math.PI) * 92)}V548`).join(''),
      palette.middle,
      2,
    ),
    rect(0, 542, 620, 9, palette.near),
    ...[46, 548].map((x) => rect(x, 490, 30, 110, palette.near) + rect(x - 4, 484, 38, 10, palette.ink)),
    water(dice, LANDSCAPE, { top: 590, x: 905, from: '#7cc5bf', to: '#0d5f78', light: '#fff6d6' }),
    polygon(
      [
        [520, 640],
        [560, 586],
        [1_200, 574],
        [1_200, 650],
      ],
      '#b98d6a',
    ),
    rect(520, 632, 680, 26, '#8d6b52'),
    shell(1_090, 590, 84, 110),
    shell(900, 590, 170, 190, -1),
    shell(740, 588, 130, 150, -1),
    shell(1_060, 590, 150, 150, -1),
    shell(640, 594, 200, 232),
    shell(800, 592, 196, 290),
    shell(980, 590, 150, 216),
    ...times(14, (index) => person(560 + index * 46 + between(dice, -12, 12), 634, 26, palette.ink)),
    shape('M150 716H420L396 764H176Z', '#1f6b4f'),
    rect(150, 712, 270, 9, '#fff6dc'),
    rect(190, 672, 190, 42, '#fff6dc', 'rx="6"'),
    ...times(6, (index) => rect(202 + index * 30, 682, 19, 18, palette.ink, 'rx="3"')),
    rect(226, 646, 116, 28, '#e9b949', 'rx="5"'),
    rect(276, 620, 18, 28, palette.ink),
    ...times(18, (index) =>
      rect(60 + index * 24, 762 + (index % 3) * 8, between(dice, 30, 70), 4, '#ffffff', 'opacity="0.5" rx="2"'),
    ),
    polygon(
      [
        [640, 790],
        [640, 690],
        [706, 786],
      ],
      '#fffdf4',
    ),
    polygon(
      [
        [634, 788],
        [634, 704],
        [590, 786],
      ],
      '#ffcf66',
    ),
    shape('M582 794H716L700 812H600Z', palette.ink),
    birds(dice, { x: 430, y: 250, spread: 260, count: 6 }, '#ffffff'),
  ]
  return { ...LANDSCAPE, body: body.join('') }
}

/** Steel trees lit from within, at night. */
export function lightTrees(dice: Dice): Drawing {
  const lightTree = (x: number, ground: number, size: number, colour: string, id: string): string => {
    const top = ground - size
    const spread = size * 0.34
    const ribs = times(19, (index) => {
      const part = index / 18 - 0.5
      return `M${n(x + part * size * 0.11)} ${ground}C${n(x + part * size * 0.05)} ${n(ground - size * 0.6)} ${n(x + part * size * 0.1)} ${n(top + size * 0.22)} ${n(x + part * 2 * spread)} ${n(top + Math.abs(part) * size * 0.04)}`
    })
    const hoops = times(3, (index) => {
      const half = spread * (0.5 + index * 0.25)
      const y = top + size * (0.07 - index * 0.025)
      return `M${n(x - half)} ${n(y)}Q${n(x)} ${n(y + size * 0.06)} ${n(x + half)} ${n(y)}`
    })
    return group([
      glow(id, colour, 0.55),
      disc(x, top + size * 0.1, size * 0.5, `url(#${id})`),
      shape(
        `M${n(x - size * 0.06)} ${ground}Q${n(x - size * 0.03)} ${n(ground - size * 0.5)} ${n(x - size * 0.045)} ${n(top + size * 0.22)}Q${n(x)} ${n(top + size * 0.1)} ${n(x + size * 0.045)} ${n(top + size * 0.22)}Q${n(x + size * 0.03)} ${n(ground - size * 0.5)} ${n(x + size * 0.06)} ${ground}Z`,
        '#1b1440',
        'opacity="0.55"',
      ),
      ...times(38, () => {
        const up = dice()
        return disc(
          x + (dice() - 0.5) * size * 0.1,
          ground - up * size * 0.76,
          between(dice, 2, 6),
          dice() < 0.4 ? colour : '#2f5d52',
        )
      }),
      stroke(ribs.join(''), colour, Math.max(1.6, size * 0.0045), 'opacity="0.85"'),
      stroke(hoops.join(''), '#fff3ff', 2, 'opacity="0.7"'),
    ])
  }
  const body = [
    gradient('night', [
      [0, '#0a0a2e'],
      [0.55, '#2a1a5e'],
      [1, '#d0548c'],
    ]),
    rect(0, 0, 900, 1_200, 'url(#night)'),
    stars(dice, PORTRAIT, 560, '#ffe9ff'),
    houses(dice, PORTRAIT, {
      y: 960,
      low: 80,
      high: 240,
      width: [34, 70],
      fill: '#4a2570',
      light: '#ffd9a0',
      lit: 0.25,
    }),
    mist('mist', PORTRAIT, { top: 700, bottom: 1_010 }, '#ff7fb0', 0.5),
    lightTree(160, 1_010, 470, '#5ad1ff', 'l1'),
    lightTree(770, 1_010, 530, '#ffb457', 'l2'),
    lightTree(560, 1_010, 400, '#ff7bd0', 'l3'),
    lightTree(370, 1_050, 860, '#c58bff', 'l4'),
    shape('M120 742Q450 690 800 726L800 740Q450 706 120 756Z', '#120b34'),
    stroke('M120 730Q450 676 800 712', '#ffd9f2', 2, 'opacity="0.7"'),
    ...times(7, (index) => person(210 + index * 84, 732 - Math.sin(((index + 1) / 8) * Math.PI) * 26, 30, '#120b34')),
    shape('M0 1010Q220 960 450 1000T900 990V1200H0Z', '#150d38'),
    ...times(60, () =>
      disc(dice() * 900, between(dice, 985, 1_080), between(dice, 12, 38), dice() < 0.5 ? '#1d1547' : '#231a54'),
    ),
    ...times(70, () =>
      disc(
        dice() * 900,
        between(dice, 1_000, 1_180),
        between(dice, 1.4, 3.6),
        ['#ffd27d', '#7be0ff', '#ff9bdc'][Math.floor(dice() * 3)]!,
        'opacity="0.9"',
      ),
    ),
    person(250, 1_160, 96, '#0a0620'),
    person(298, 1_164, 84, '#0a0620'),
    person(330, 1_164, 56, '#0a0620'),
  ]
  return { ...PORTRAIT, body: body.join('') }
}

/** A stepped pyramid on a plain at sunrise, balloons above it. */
export function balloonPyramid(dice: Dice): Drawing {
  const palette: Palette = {
    sky: ['#3b5b9b', '#f59e7a', '#ffe2a1'],
    sun: '#fff3cd',
    far: '#c9797a',
    middle: '#a3596a',
    near: '#6d3f58',
    ink: '#3a2545',
    light: '#ffe9ae',
  }
  const balloon = (x: number, y: number, size: number, colours: readonly [string, string]): string => {
    const stripes = times(5, (index) => {
      const left = x - size + (index * size * 2) / 5
      const right = left + (size * 2) / 5
      const pull = (edge: number): number => x + (edge - x) * 0.24
      return shape(
        `M${n(x + (left - x) * 0.32)} ${n(y - size * 1.06)}Q${n(left)} ${n(y - size * 0.9)} ${n(left)} ${n(y)}Q${n(left)} ${n(y + size * 0.5)} ${n(pull(left))} ${n(y + size * 1.2)}L${n(pull(right))} ${n(y + size * 1.2)}Q${n(right)} ${n(y + size * 0.5)} ${n(right)} ${n(y)}Q${n(right)} ${n(y - size * 0.9)} ${n(x + (right - x) * 0.32)} ${n(y - size * 1.06)}Z`,
        colours[index % 2]!,
      )
    })
    return group([
      ...stripes,
      stroke(
        `M${n(x - size * 0.2)} ${n(y + size * 1.2)}L${n(x - size * 0.14)} ${n(y + size * 1.5)}M${n(x + size * 0.2)} ${n(y + size * 1.2)}L${n(x + size * 0.14)} ${n(y + size * 1.5)}`,
        palette.ink,
        1.6,
      ),
      rect(x - size * 0.17, y + size * 1.5, size * 0.34, size * 0.22, palette.ink, 'rx="3"'),
    ])
  }
  const tiers = times(5, (index) => {
    const y = 700 - index * 62
    const half = 470 - index * 82
    const top = half - 52
    return (
      polygon(
        [
          [600 - half, y],
          [600 - top, y - 56],
          [600 + top, y - 56],
          [600 + half, y],
        ],
        'url(#stone)',
      ) +
      polygon(
        [
          [600 + 40, y],
          [600 + 30, y - 56],
          [600 + top, y - 56],
          [600 + half, y],
        ],
        palette.ink,
        'opacity="0.34"',
      ) +
      stroke(
        times(
          3,
          (row) => `M${n(600 - half + 16 + row * 14)} ${y - 14 - row * 15}H${n(600 + half - 16 - row * 14)}`,
        ).join(''),
        palette.ink,
        1.6,
        'opacity="0.28"',
      ) +
      rect(600 - top - 6, y - 62, top * 2 + 12, 8, '#e2a075')
    )
  })
  const body = [
    sky(LANDSCAPE, palette),
    sun(330, 470, 96, palette),
    clouds(dice, LANDSCAPE, { top: 90, bottom: 380 }, '#fff0d2', 0.35),
    ridge(dice, LANDSCAPE, { y: 560, height: 56 }, palette.far),
    mist('mist', LANDSCAPE, { top: 430, bottom: 700 }, '#ffd79a', 0.8),
    ridge(dice, LANDSCAPE, { y: 640, height: 22 }, palette.middle),
    gradient('stone', [
      [0, '#e9a878'],
      [1, '#b66a63'],
    ]),
    ...tiers,
    polygon(
      [
        [556, 702],
        [580, 392],
        [620, 392],
        [644, 702],
      ],
      '#d48f6e',
    ),
    stroke(
      times(26, (index) => `M${n(557 + index * 0.9)} ${700 - index * 12}H${n(643 - index * 0.9)}`).join(''),
      palette.near,
      2,
    ),
    ...[566, 590, 626].map((x) => person(x, 392, 17, palette.ink)),
    person(596, 560, 20, palette.ink),
    person(610, 640, 24, palette.ink),
    shape('M0 700Q300 676 600 700T1200 692V900H0Z', palette.near),
    polygon(
      [
        [500, 900],
        [582, 702],
        [618, 702],
        [720, 900],
      ],
      '#c2806f',
      'opacity="0.8"',
    ),
    ...times(12, (index) => {
      const x = index < 6 ? 30 + index * 80 : 700 + (index - 6) * 84
      const y = 780 + ((index * 37) % 90)
      const size = 30 + ((index * 23) % 34)
      return group(
        times(7, (leaf) => {
          const angle = Math.PI * (1.08 + leaf * 0.14)
          return stroke(
            `M${x} ${y}Q${n(x + Math.cos(angle) * size * 0.5)} ${n(y + Math.sin(angle) * size)} ${n(x + Math.cos(angle) * size)} ${n(y + Math.sin(angle) * size)}`,
            palette.ink,
            6,
          )
        }),
      )
    }),
    balloon(860, 200, 88, ['#e8503f', '#ffd061']),
    balloon(1_050, 372, 50, ['#2e8f8a', '#fff1c7']),
    balloon(190, 230, 62, ['#6b4aa0', '#ff9d7a']),
    balloon(480, 140, 36, ['#ffd061', '#d9486b']),
    balloon(690, 330, 24, ['#fff1c7', '#3a6fa8']),
    person(560, 868, 82, palette.ink),
    person(608, 872, 76, palette.ink),
  ]
  return { ...LANDSCAPE, body: body.join('') }
}

/** A beach between a paved wave and a green hill. */
export function wavePromenade(dice: Dice): Drawing {
  const palette: Palette = {
    sky: ['#1797c7', '#83d3dc', '#fff3cf'],
    sun: '#fffbe3',
    far: '#6bb39b',
    middle: '#2f8a78',
    near: '#176259',
    ink: '#12373f',
    light: '#ffffff',
  }
  const paved = times(7, (index) => {
    const near = index / 6
    const y = 690 + near ** 1.35 * 190
    const swing = 12 + near * 26
    const length = 150 + near * 170
    const next = 690 + ((index + 0.55) / 6) ** 1.35 * 190
    const line = (base: number, from: number, to: number): string => {
      const count = 9
      return times(count, (step) => {
        const x = from + ((to - from) * (step + 1)) / count
        const middle = from + ((to - from) * (step + 0.5)) / count
        return `Q${n(middle)} ${n(base + (step % 2 ? swing : -swing))} ${n(x)} ${n(base)}`
      }).join('')
    }
    const width = length * 9
    const left = 600 - width / 2
    return shape(
      `M${n(left)} ${n(y)}${line(y, left, left + width)}L${n(left + width)} ${n(next)}${line(next, left + width, left)}Z`,
      '#22313a',
    )
  })
  const parasols = times(8, (index) => {
    const x = 130 + index * 138 + between(dice, -30, 30)
    const y = 640 + (index % 3) * 10
    const colour = ['#ff5a4f', '#ffc93d', '#2aa7a0', '#ff8fb0'][index % 4]!
    return group([
      `<ellipse cx="${n(x + 10)}" cy="${n(y + 2)}" rx="40" ry="5" fill="#c79a5b" opacity="0.7"/>`,
      rect(x - 2, y - 62, 4, 64, palette.ink),
      shape(
        `M${n(x - 44)} ${n(y - 54)}Q${n(x)} ${n(y - 110)} ${n(x + 44)} ${n(y - 54)}Q${n(x + 29)} ${n(y - 62)} ${n(x + 15)} ${n(y - 54)}Q${n(x)} ${n(y - 62)} ${n(x - 15)} ${n(y - 54)}Q${n(x - 29)} ${n(y - 62)} ${n(x - 44)} ${n(y - 54)}Z`,
        colour,
      ),
      shape(
        `M${n(x - 15)} ${n(y - 54)}Q${n(x - 12)} ${n(y - 84)} ${n(x)} ${n(y - 82)}Q${n(x + 12)} ${n(y - 84)} ${n(x + 15)} ${n(y - 54)}Q${n(x)} ${n(y - 62)} ${n(x - 15)} ${n(y - 54)}Z`,
        '#fffaf0',
      ),
      shape(`M${n(x + 34)} ${n(y)}l26 -18h10l-20 20Z`, '#fffaf0'),
    ])
  })
  const body = [
    sky(LANDSCAPE, palette),
    sun(250, 200, 70, palette),
    clouds(dice, LANDSCAPE, { top: 70, bottom: 300 }, '#ffffff', 0.7),
    ridge(dice, LANDSCAPE, { y: 440, height: 40 }, '#9fd0bd'),
    shape('M650 470C700 470 720 430 742 330Q764 222 812 216Q866 222 894 330C918 420 960 452 1010 470Z', palette.far),
    shape('M812 216Q866 222 894 330C918 420 960 452 1010 470H870C842 400 846 300 812 216Z', palette.middle),
    shape('M960 470C1000 462 1020 420 1060 404Q1110 392 1160 440L1210 470Z', palette.middle),
    stroke('M812 220L1074 404', palette.ink, 1.6),
    rect(926, 284, 22, 15, '#ff5a4f', 'rx="4"'),
    water(dice, LANDSCAPE, { top: 466, x: 250, from: '#2fb4c4', to: '#0f86a4', light: '#fffbe3', glints: 60 }),
    shape('M-10 560Q200 530 420 566T860 560T1210 548V720H-10Z', '#bff0e6', 'opacity="0.85"'),
    shape('M-10 578Q220 548 430 582T870 576T1210 566V720H-10Z', '#ffe6ae'),
    shape('M-10 610Q260 590 520 612T1210 602V720H-10Z', '#f7d391'),
    ...parasols,
    ...[96, 300, 470, 742, 930, 1_090].map((x, index) => person(x, 626 + (index % 3) * 12, 42, palette.ink)),
    rect(0, 676, 1_200, 224, '#f4efe2'),
    ...paved,
    rect(0, 670, 1_200, 12, '#d9c9a3'),
    palm(1_090, 700, 420, -60, palette.near),
    palm(86, 706, 470, 70, palette.near),
    palm(170, 700, 320, -20, palette.middle),
    person(620, 832, 112, '#e8453c'),
    stroke(
      'M690 828a30 30 0 1 1 .1 0M786 828a30 30 0 1 1 .1 0M690 798L728 752L786 798M728 752L716 738M690 798L740 798L772 752L786 798M762 746H782',
      '#c9861c',
      6,
    ),
    person(742, 790, 92, '#c9861c'),
  ]
  return { ...LANDSCAPE, body: body.join('') }
}

/** A church like basalt columns, under an aurora. */
export function auroraChurch(dice: Dice): Drawing {
  const curtain = (index: number): string => {
    const colour = ['#57ffb2', '#3fe0c5', '#8f7bff', '#57ffb2'][index]!
    const y = 330 + index * 70
    const points = times(25, (step): Point => [
      step * 38 - 10,
      y + Math.sin(step * 0.42 + index * 1.7) * 58 + Math.sin(step * 0.9 + index) * 20,
    ])
    const rays = points.slice(0, -1).map(([x, base], step) => {
      const height = 210 + Math.sin(step * 1.3 + index * 2) * 80
      return polygon(
        [
          [x, base],
          [x + 38, points[step + 1]![1]],
          [x + 44, points[step + 1]![1] - height],
          [x + 6, base - height],
        ],
        `url(#ray${index})`,
      )
    })
    return (
      gradient(`ray${index}`, [
        [0, colour, 0],
        [0.8, colour, 0.34],
        [1, colour, 0.06],
      ]) + group(rays)
    )
  }
  const columns = mirror(
    450,
    group(
      times(11, (index) => {
        const x = 392 - index * 27
        const height = 470 * 0.77 ** index + 40
        return (
          rect(x, 1_010 - height, 25, height, index % 2 ? '#5b6f8d' : '#6d83a1') +
          polygon(
            [
              [x, 1_010 - height],
              [x + 25, 1_010 - height - 20],
              [x + 25, 1_010 - height],
            ],
            index % 2 ? '#5b6f8d' : '#6d83a1',
          )
        )
      }),
    ),
  )
  const body = [
    gradient('night', [
      [0, '#050b22'],
      [0.6, '#12305a'],
      [1, '#2f6a7a'],
    ]),
    rect(0, 0, 900, 1_200, 'url(#night)'),
    stars(dice, PORTRAIT, 820, '#eaf6ff'),
    ...times(4, curtain),
    ridge(dice, PORTRAIT, { y: 940, height: 34, rough: 10 }, '#1b3557'),
    houses(dice, PORTRAIT, {
      y: 1_015,
      low: 36,
      high: 76,
      width: [52, 92],
      fill: '#16294a',
      light: '#ffd58a',
      lit: 0.3,
    }),
    columns,
    rect(414, 420, 72, 600, '#8ea3be'),
    polygon(
      [
        [414, 420],
        [450, 300],
        [486, 420],
      ],
      '#a9bcd3',
    ),
    polygon(
      [
        [450, 300],
        [486, 420],
        [450, 420],
      ],
      '#7f95b2',
    ),
    rect(450, 420, 36, 600, '#788eac'),
    ...[400, 482].map(
      (x) =>
        rect(x, 520, 18, 500, '#6d83a1') +
        polygon(
          [
            [x, 520],
            [x + 9, 474],
            [x + 18, 520],
          ],
          '#6d83a1',
        ),
    ),
    rect(447, 250, 6, 54, '#dfeaf5'),
    rect(436, 266, 28, 6, '#dfeaf5'),
    ...times(3, (index) =>
      shape(
        `M436 ${620 + index * 96}V${574 + index * 96}Q450 ${548 + index * 96} 464 ${574 + index * 96}V${620 + index * 96}Z`,
        '#ffdf9a',
      ),
    ),
    glow('door', '#ffc56b', 0.8),
    disc(450, 990, 130, 'url(#door)'),
    shape('M424 1016V958Q450 922 476 958V1016Z', '#ffe9b8'),
    shape('M0 1010Q220 990 450 1012T900 1004V1200H0Z', '#dfeaf5'),
    shape('M0 1060Q260 1020 520 1062T900 1046V1200H0Z', '#b9cfe3'),
    polygon(
      [
        [410, 1_014],
        [490, 1_014],
        [600, 1_200],
        [300, 1_200],
      ],
      '#8fabc8',
      'opacity="0.6"',
    ),
    ...times(
      26,
      () =>
        `<ellipse cx="${n(between(dice, 20, 880))}" cy="${n(between(dice, 1_040, 1_190))}" rx="${n(between(dice, 12, 40))}" ry="3" fill="#57ffb2" opacity="0.16"/>`,
    ),
    person(398, 1_140, 92, '#0b1a33'),
    person(452, 1_150, 96, '#0b1a33'),
    person(494, 1_146, 62, '#0b1a33'),
    ...times(60, () => disc(dice() * 900, dice() * 1_200, between(dice, 1, 3), '#ffffff', 'opacity="0.5"')),
  ]
  return { ...PORTRAIT, body: body.join('') }
}

/** A former airfield: a runway, kites and far towers in the evening. */
export function kiteField(dice: Dice): Drawing {
  const palette: Palette = {
    sky: ['#3f7fb8', '#a8cfd6', '#ffe2a6'],
    sun: '#fff6d6',
    far: '#8aa9a0',
    middle: '#5f8f6d',
    near: '#3c6f4e',
    ink: '#23384a',
    light: '#fff3c9',
  }
  const kite = (
    x: number,
    y: number,
    size: number,
    colours: readonly [string, string],
    handX: number,
    handY: number,
  ): string =>
    group([
      stroke(
        `M${x} ${y + size}Q${n((x + handX) / 2 - 40)} ${n((y + handY) / 2 + 60)} ${handX} ${handY}`,
        palette.ink,
        1.4,
        'opacity="0.6"',
      ),
      polygon(
        [
          [x, y - size],
          [x + size * 0.66, y - size * 0.2],
          [x, y + size],
        ],
        colours[0],
      ),
      polygon(
        [
          [x, y - size],
          [x - size * 0.66, y - size * 0.2],
          [x, y + size],
        ],
        colours[1],
      ),
      stroke(
        `M${x} ${y + size}q${n(size * 0.5)} ${n(size * 0.4)} 0 ${n(size * 0.8)}t0 ${n(size * 0.8)}`,
        colours[0],
        4,
      ),
      ...times(3, (index) =>
        polygon(
          [
            [x - 9, y + size * (1.3 + index * 0.45)],
            [x + 9, y + size * (1.42 + index * 0.45)],
            [x + 9, y + size * (1.3 + index * 0.45)],
            [x - 9, y + size * (1.42 + index * 0.45)],
          ],
          colours[1],
        ),
      ),
    ])
  const body = [
    sky(LANDSCAPE, palette),
    sun(870, 470, 70, palette),
    clouds(dice, LANDSCAPE, { top: 60, bottom: 420 }, '#ffffff', 0.6),
    houses(dice, LANDSCAPE, { y: 574, low: 14, high: 40, width: [40, 90], fill: palette.far }),
    rect(346, 280, 8, 294, palette.far),
    disc(350, 352, 25, palette.far),
    rect(347, 210, 5, 90, palette.far),
    ...times(16, (index) =>
      tree(dice, index * 80 + between(dice, -20, 20), 590, between(dice, 26, 52), {
        leaf: '#7ba285',
        shade: '#6a947a',
        stem: palette.middle,
      }),
    ),
    mist('mist', LANDSCAPE, { top: 480, bottom: 620 }, '#ffe9b8', 0.6),
    gradient('grass', [
      [0, '#a9bd72'],
      [0.5, '#6f9d62'],
      [1, '#2f6148'],
    ]),
    rect(0, 584, 1_200, 316, 'url(#grass)'),
    polygon(
      [
        [520, 584],
        [600, 584],
        [1_000, 900],
        [-60, 900],
      ],
      '#8d929c',
    ),
    polygon(
      [
        [520, 584],
        [526, 584],
        [30, 900],
        [-60, 900],
      ],
      '#c8c5b4',
    ),
    ...times(6, (index) => {
      const near = (index / 6) ** 1.7
      const next = ((index + 0.5) / 6) ** 1.7
      const at = (part: number, side: number): Point => [560 - part * 92 + side * (1.4 + part * 13), 584 + part * 316]
      return polygon([at(near, -1), at(near, 1), at(next, 1), at(next, -1)], '#fff7df')
    }),
    ...times(120, () => {
      const x = dice() * 1_200
      const y = between(dice, 640, 900)
      return stroke(`M${n(x)} ${n(y)}q4 -14 2 -26`, dice() < 0.5 ? '#8fb06a' : '#2d5c44', 2.4, 'opacity="0.7"')
    }),
    kite(300, 200, 64, ['#ff5c4d', '#ffc33d'], 236, 716),
    kite(640, 130, 46, ['#2d7dd2', '#f5f1e3'], 752, 660),
    kite(980, 240, 54, ['#8e4fb0', '#ff9b71'], 902, 706),
    kite(480, 320, 26, ['#1f9d8b', '#ffe27a'], 452, 640),
    person(230, 790, 104, palette.ink),
    person(280, 792, 70, palette.ink),
    person(756, 700, 58, palette.ink),
    person(898, 770, 92, palette.ink),
    person(452, 668, 40, palette.ink),
    stroke(
      'M520 786a20 20 0 1 1 .1 0M584 786a20 20 0 1 1 .1 0M520 766L546 738L584 766M546 738L538 728M520 766L556 766L574 736L584 766',
      palette.ink,
      4,
    ),
    person(552, 764, 62, palette.ink),
    birds(dice, { x: 800, y: 330, spread: 240, count: 6 }, palette.ink),
  ]
  return { ...LANDSCAPE, body: body.join('') }
}

/** A garden wall of deep blue, a pool, and plants that stand like sculptures. */
export function blueGarden(dice: Dice): Drawing {
  const cactus = (x: number, ground: number, height: number, colour: string): string => {
    const arm = (side: number, at: number, reach: number, rise: number): string =>
      stroke(
        `M${x} ${n(ground - height * at)}H${n(x + side * reach)}V${n(ground - height * at - rise)}`,
        colour,
        30,
        'stroke-linejoin="round"',
      )
    return group([
      stroke(`M${x} ${ground}V${ground - height}`, colour, 42),
      arm(-1, 0.42, 62, height * 0.28),
      arm(1, 0.55, 58, height * 0.22),
      stroke(
        `M${x - 9} ${ground}V${ground - height}M${x + 9} ${ground}V${ground - height}`,
        '#12504a',
        2.4,
        'opacity="0.5"',
      ),
    ])
  }
  const leaf = (x: number, y: number, angle: number, size: number, colour: string): string =>
    `<g transform="translate(${n(x)} ${n(y)}) rotate(${n(angle)})">${shape(`M0 0C${n(size * 0.5)} ${n(-size * 0.34)} ${n(size * 0.9)} ${n(-size * 0.2)} ${n(size * 1.2)} 0C${n(size * 0.9)} ${n(size * 0.2)} ${n(size * 0.5)} ${n(size * 0.34)} 0 0Z`, colour)}${stroke(`M0 0H${n(size * 1.1)}`, '#0f4a46', 2, 'opacity="0.5"')}</g>`
  const arch = 'M300 850V470Q300 300 450 262Q600 300 600 470V850Z'
  const tiles = times(14 * 6, (index) => {
    const column = index % 14
    const row = Math.floor(index / 14)
    const colour = ['#f4c542', '#1fa59a', '#f3ead7', '#e2673b'][(column * 3 + row * 5) % 4]!
    return rect(column * 66 - 10, 1_056 + row * 34, 62, 30, colour, 'rx="3"')
  })
  const body = [
    gradient('wall', [
      [0, '#3a52e0'],
      [1, '#1d2ba8'],
    ]),
    rect(0, 0, 900, 1_200, 'url(#wall)'),
    polygon(
      [
        [0, 0],
        [520, 0],
        [0, 720],
      ],
      '#5a74ff',
      'opacity="0.35"',
    ),
    rect(0, 96, 900, 26, '#f4c542'),
    ...times(19, (index) =>
      polygon(
        [
          [index * 50 - 20, 96],
          [index * 50 + 5, 56],
          [index * 50 + 30, 96],
        ],
        '#2b3fc8',
      ),
    ),
    shape('M272 850V462Q272 268 450 226Q628 268 628 462V850Z', '#f4c542'),
    shape('M286 850V466Q286 284 450 244Q614 284 614 466V850Z', '#172286'),
    `<clipPath id="arch"><path d="${arch}"/></clipPath>`,
    `<g clip-path="url(#arch)">${[
      gradient('beyond', [
        [0, '#ff9e5e'],
        [0.6, '#ffd79a'],
        [1, '#fff0cf'],
      ]),
      rect(290, 250, 320, 620, 'url(#beyond)'),
      disc(500, 560, 62, '#fff6dd'),
      palm(392, 850, 340, 30, '#1f5f57'),
      palm(540, 850, 230, -14, '#2f7d6c'),
      ridge(dice, PORTRAIT, { y: 800, height: 22 }, '#e08a5b'),
      rect(290, 826, 320, 40, '#b8633f'),
    ].join('')}</g>`,
    ...[100, 800].map(
      (x) =>
        rect(x - 62, 430, 124, 190, '#f4c542', 'rx="4"') +
        rect(x - 50, 442, 100, 166, '#101a6e') +
        stroke(
          times(5, (index) => `M${x - 40 + index * 20} 446V604`).join('') +
            times(7, (index) => `M${x - 48} ${462 + index * 22}H${x + 48}`).join(''),
          '#f4c542',
          3,
        ),
    ),
    rect(0, 846, 900, 220, '#e2673b'),
    rect(0, 846, 900, 14, '#f4c542'),
    polygon(
      [
        [330, 860],
        [570, 860],
        [740, 1_066],
        [160, 1_066],
      ],
      '#1fa59a',
    ),
    polygon(
      [
        [352, 872],
        [548, 872],
        [700, 1_050],
        [200, 1_050],
      ],
      '#137c86',
    ),
    polygon(
      [
        [400, 872],
        [500, 872],
        [560, 1_050],
        [340, 1_050],
      ],
      '#ffd79a',
      'opacity="0.32"',
    ),
    ...times(14, () =>
      rect(
        between(dice, 260, 560),
        between(dice, 890, 1_040),
        between(dice, 30, 90),
        3,
        '#bff3ea',
        'opacity="0.6" rx="2"',
      ),
    ),
    ...[
      [300, 960],
      [560, 930],
      [620, 1_010],
    ].map(([x, y]) =>
      group([
        `<ellipse cx="${x}" cy="${y}" rx="34" ry="10" fill="#3fae6b"/>`,
        disc(x!, y! - 10, 9, '#ff9bc0'),
        disc(x! - 8, y! - 6, 7, '#ffd1e0'),
      ]),
    ),
    cactus(96, 1_050, 460, '#2f9b74'),
    cactus(820, 1_050, 380, '#3bb183'),
    cactus(178, 1_056, 240, '#57c794'),
    ...times(9, (index) =>
      leaf(760, 1_070, -170 + index * 20, between(dice, 110, 170), ['#1f7f62', '#35a676', '#5cc78c'][index % 3]!),
    ),
    ...times(9, (index) =>
      leaf(70, 1_080, -170 + index * 20, between(dice, 100, 150), ['#5cc78c', '#1f7f62', '#35a676'][index % 3]!),
    ),
    ...[230, 690].map(
      (x) =>
        shape(`M${x - 46} 1000H${x + 46}L${x + 34} 1070H${x - 34}Z`, '#f4c542') +
        rect(x - 52, 990, 104, 14, '#ffdc6b', 'rx="4"') +
        disc(x, 962, 40, '#35a676') +
        disc(x - 28, 974, 24, '#2f9b74') +
        disc(x + 26, 972, 26, '#57c794'),
    ),
    rect(0, 1_050, 900, 150, '#17226e'),
    ...tiles,
  ]
  return { ...PORTRAIT, body: body.join('') }
}

/** A free-standing arch of sandstone under the Milky Way. */
export function stoneArch(dice: Dice): Drawing {
  const haze = times(90, () => {
    const along = dice()
    const x = 120 + along * 820 + (dice() - 0.5) * 130
    const y = 700 - along * 760 + (dice() - 0.5) * 130
    return disc(
      x,
      y,
      between(dice, 30, 100),
      ['#ff9ecb', '#8fb4ff', '#ffe0b0'][Math.floor(dice() * 3)]!,
      'opacity="0.045"',
    )
  })
  const body = [
    gradient('night', [
      [0, '#0a1030'],
      [0.55, '#2b2a66'],
      [0.8, '#a14d72'],
      [1, '#ff9a5c'],
    ]),
    rect(0, 0, 900, 1_200, 'url(#night)'),
    ...haze,
    stars(dice, PORTRAIT, 860, '#fff6e6'),
    stars(dice, PORTRAIT, 860, '#cfe0ff'),
    ...times(120, () => {
      const along = dice()
      return disc(
        120 + along * 820 + (dice() - 0.5) * 150,
        700 - along * 760 + (dice() - 0.5) * 150,
        between(dice, 0.6, 1.8),
        '#ffffff',
        'opacity="0.9"',
      )
    }),
    stroke('M640 150L770 236', '#fff6e6', 3, 'opacity="0.9"'),
    ridge(dice, PORTRAIT, { y: 880, height: 46, rough: 8 }, '#6d3a66'),
    mist('mist', PORTRAIT, { top: 760, bottom: 960 }, '#ffb27a', 0.55),
    ridge(dice, PORTRAIT, { y: 940, height: 28, rough: 6 }, '#4f2b57'),
    gradient('rock', [
      [0, '#ff9d5e'],
      [0.45, '#d0583f'],
      [1, '#6d2c3f'],
    ]),
    shape(
      'M238 1010C226 900 262 860 268 780C274 660 300 560 390 512C450 482 540 490 590 540C640 590 640 660 652 740C662 820 700 880 690 1010L590 1010C604 930 566 880 566 800C566 720 572 660 534 622C500 592 440 596 408 634C372 680 380 760 372 830C364 900 396 950 372 1010Z',
      'url(#rock)',
    ),
    shape(
      'M590 540C640 590 640 660 652 740C662 820 700 880 690 1010L640 1010C650 900 616 840 612 760C608 660 610 600 560 556Z',
      '#4f2140',
      'opacity="0.55"',
    ),
    stroke(
      'M292 700C330 690 350 700 378 690M276 800C310 792 340 806 372 796M566 780C600 772 620 786 654 776M330 580C360 566 380 580 404 560M262 900C300 890 340 906 368 894M574 890C610 884 650 896 680 886',
      '#7c3143',
      4,
      'opacity="0.7"',
    ),
    shape('M0 1000Q160 960 330 996T660 990T900 970V1200H0Z', '#3b1c3d'),
    shape('M0 1080Q240 1030 470 1076T900 1050V1200H0Z', '#27122d'),
    glow('fire', '#ffd08a', 0.8),
    disc(474, 1_000, 90, 'url(#fire)'),
    polygon(
      [
        [450, 1_010],
        [474, 966],
        [498, 1_010],
      ],
      '#ffcf7a',
    ),
    polygon(
      [
        [430, 1_012],
        [470, 950],
        [510, 1_012],
      ],
      '#ff9f4d',
      'opacity="0.5"',
    ),
    person(420, 1_014, 54, '#1a0b20'),
    person(532, 1_012, 50, '#1a0b20'),
    ...times(6, (index) => conifer(60 + index * 34, 1_100 + (index % 3) * 20, 60 + ((index * 31) % 50), '#180a1f')),
    ...times(5, (index) => conifer(720 + index * 38, 1_110 + (index % 3) * 16, 56 + ((index * 41) % 60), '#180a1f')),
  ]
  return { ...PORTRAIT, body: body.join('') }
}
