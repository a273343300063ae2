import { disc, group, mirror, n, rect, shape, stroke, times } from './brush.ts'
import type { Drawing } from './draw.ts'

/** How somebody invented looks: flat shapes on a two-coloured ground. */
export interface Look {
  readonly ground: readonly [string, string]
  readonly skin: string
  readonly hair: string
  readonly hairCut: 'bob' | 'bun' | 'crop' | 'curls' | 'long' | 'cap' | 'scarf' | 'waves'
  readonly shirt: string
  readonly pattern: 'sun' | 'stripes' | 'hills' | 'dots'
  readonly glasses?: string
  readonly beard?: boolean
}

const SIZE = 400
const MIDDLE = SIZE / 2

/** Head and shoulders, square, for an avatar that may be cut to a circle. */
export function portrait(look: Look): Drawing {
  const body = [
    rect(0, 0, SIZE, SIZE, look.ground[0]),
    pattern(look),
    hairBehind(look),
    shape('M60 400C66 318 128 288 200 288S334 318 340 400Z', look.shirt),
    shape('M162 250H238V300Q200 336 162 300Z', look.skin),
    shape('M162 268Q200 300 238 268V300Q200 336 162 300Z', '#000000', 'opacity="0.14"'),
    look.hairCut === 'scarf' ? '' : mirror(MIDDLE, disc(126, 196, 17, look.skin)),
    shape('M126 156C126 104 158 80 200 80S274 104 274 156V206C274 256 240 284 200 284S126 256 126 206Z', look.skin),
    look.beard
      ? shape(
          'M126 190C132 222 150 226 168 222Q200 210 232 222C250 226 268 222 274 190V210C274 260 240 292 200 292S126 260 126 210Z',
          look.hair,
        )
      : '',
    mirror(
      MIDDLE,
      stroke('M154 166Q168 157 182 164', look.hairCut === 'scarf' || look.hairCut === 'cap' ? '#3a2a26' : look.hair, 6),
    ),
    mirror(MIDDLE, disc(168, 190, 7.5, '#231a24')),
    stroke('M200 192Q208 214 196 216', '#000000', 4, 'opacity="0.25"'),
    stroke(look.beard ? 'M184 240Q200 250 216 240' : 'M176 236Q200 258 224 236', look.beard ? '#fff1e6' : '#7d2f35', 6),
    look.beard ? '' : mirror(MIDDLE, disc(146, 220, 13, '#ff6a6a', 'opacity="0.22"')),
    hairBefore(look),
    look.glasses
      ? mirror(
          MIDDLE,
          group([
            disc(166, 190, 25, 'none', `stroke="${look.glasses}" stroke-width="6"`),
            stroke('M141 186L126 180', look.glasses, 6),
          ]),
        ) + stroke('M191 186Q200 180 209 186', look.glasses, 6)
      : '',
  ]
  return { width: SIZE, height: SIZE, body: body.join('') }
}

function pattern(look: Look): string {
  const colour = look.ground[1]
  if (look.pattern === 'sun') return disc(268, 150, 132, colour)
  if (look.pattern === 'stripes')
    return group(times(9, (index) => rect(index * 62 - 120, -60, 30, 560, colour, 'transform="rotate(24 200 200)"')))
  if (look.pattern === 'dots')
    return group(
      times(64, (index) =>
        disc(26 + (index % 8) * 50 + (Math.floor(index / 8) % 2) * 25, 26 + Math.floor(index / 8) * 50, 11, colour),
      ),
    )
  return shape('M0 250Q90 170 190 236T400 200V400H0Z', colour) + disc(310, 96, 44, colour)
}

function hairBehind(look: Look): string {
  const { hair } = look
  if (look.hairCut === 'bob')
    return shape('M104 168C100 96 146 58 200 58S300 96 296 168V262Q296 282 276 282H124Q104 282 104 262Z', hair)
  if (look.hairCut === 'long')
    return shape('M100 170C96 92 146 54 200 54S304 92 300 170C302 240 318 300 322 348H78C82 300 98 240 100 170Z', hair)
  if (look.hairCut === 'waves')
    return shape(
      'M98 170C94 92 146 56 200 56S306 92 302 170Q322 200 304 230Q326 258 300 288Q310 312 286 322H114Q90 312 100 288Q74 258 96 230Q78 200 98 170Z',
      hair,
    )
  if (look.hairCut === 'bun')
    return disc(200, 56, 40, hair) + shape('M116 160C114 96 152 66 200 66S286 96 284 160V200H116Z', hair)
  if (look.hairCut === 'curls')
    return group(
      times(15, (index) =>
        disc(
          MIDDLE + Math.cos(Math.PI * (0.94 + index * 0.08)) * 84,
          150 + Math.sin(Math.PI * (0.94 + index * 0.08)) * 80,
          34,
          hair,
        ),
      ),
    )
  if (look.hairCut === 'scarf')
    return shape(
      'M98 190C92 96 146 52 200 52S308 96 302 190C306 250 300 290 322 330Q262 366 200 366T78 330C100 290 94 250 98 190Z',
      hair,
    )
  return ''
}

function hairBefore(look: Look): string {
  const { hair } = look
  if (look.hairCut === 'bob')
    return shape(
      'M118 176C118 104 156 72 200 72S282 104 282 176C262 150 250 132 244 118C222 138 160 140 138 132C128 146 122 160 118 176Z',
      hair,
    )
  if (look.hairCut === 'long')
    return shape(
      'M118 190C112 106 152 68 206 70S286 112 282 190C272 158 250 136 214 116C190 146 140 150 118 190Z',
      hair,
    )
  if (look.hairCut === 'waves')
    return shape(
      'M118 184C112 104 156 68 200 68S288 104 282 184C272 156 256 140 246 120Q206 112 186 118Q140 132 118 184Z',
      hair,
    )
  if (look.hairCut === 'bun')
    return shape('M122 168C122 106 156 78 200 78S278 106 278 168C266 130 240 116 200 116S134 130 122 168Z', hair)
  if (look.hairCut === 'crop')
    return shape(
      `M122 164C112 96 148 62 ${n(204)} 62S296 98 278 164C272 140 262 128 252 122Q214 134 160 116Q136 130 122 164Z`,
      hair,
    )
  if (look.hairCut === 'curls')
    return group(times(9, (index) => disc(132 + index * 17, 108 - Math.sin((index / 8) * Math.PI) * 18, 24, hair)))
  if (look.hairCut === 'cap')
    return (
      shape('M116 152C112 92 152 58 200 58S288 92 284 152Z', hair) +
      shape('M112 146H288Q330 150 338 168Q300 172 276 160H112Z', '#00000033') +
      shape('M112 142H288Q334 144 342 164Q300 164 276 156H112Z', hair) +
      disc(200, 58, 8, look.ground[1])
    )
  return shape(
    'M112 200C108 112 152 76 200 76S292 112 288 200C292 250 280 300 306 326Q256 352 200 340T94 326C120 300 108 250 112 200ZM200 114C150 114 130 152 132 204C134 250 164 282 200 282S266 250 268 204C270 152 250 114 200 114Z',
    hair,
    'fill-rule="evenodd"',
  )
}
