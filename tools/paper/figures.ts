import { formatted, measured, type Measurements } from './measurements.ts'

/** The paper's figures as SVG, drawn from the measurements and from what stands here. Lengths are in points. */
export const FIGURES: Readonly<Record<string, (measurements: Measurements) => string>> = { way, data, ratios, gossip }

const INK = '#17231f'
const SOFT = '#51605a'
const PINE = '#1f5f4a'
const GROUND = '#e7f1ec'
const SUN = '#d9982b'
const LINE = '#c9d2cd'

interface TextOptions {
  readonly size?: number
  readonly fill?: string
  readonly weight?: number
  readonly anchor?: 'start' | 'middle' | 'end'
}

function text(x: number, y: number, words: string, options: TextOptions = {}): string {
  const { size = 8.5, fill = INK, weight = 400, anchor = 'start' } = options
  return `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}">${words}</text>`
}

function svg(width: number, height: number, parts: readonly string[]): string {
  const head = `<svg viewBox="0 0 ${width} ${height}" xmlns="http://www.w3.org/2000/svg" font-family="Figtree, sans-serif">`
  const arrow = `<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="5" markerHeight="5" orient="auto-start-reverse"><path d="M0 0 6 3 0 6z" fill="${PINE}"/></marker></defs>`
  return `${head}${arrow}${parts.join('')}</svg>`
}

/** The stages of a check-in, in order: where it is, what comes out, what is promised, and which pattern that is. */
const STAGES = [
  {
    name: 'person’s PDS',
    out: 'signed commit',
    promise: ['the write model:', 'repositories'],
    pattern: 'CQRS: writes',
  },
  { name: 'wire', out: 'frames', promise: ['nothing trusted,', 'nothing grows'], pattern: 'notification' },
  { name: 'verify', out: 'events', promise: ['signature, tree,', 'chain, lexicon'], pattern: '' },
  { name: 'log', out: 'positions', promise: ['durable, ordered,', 'cursor inside'], pattern: 'event sourcing' },
  { name: 'project', out: 'rows', promise: ['deterministic,', 'repeatable'], pattern: 'state transfer' },
  { name: 'query · view', out: 'pages', promise: ['in process; who', 'may see what'], pattern: 'CQRS: reads' },
  { name: 'serve', out: '', promise: ['XRPC, live feed,', 'web, push'], pattern: 'notification' },
] as const

function way(): string {
  const [width, box, gap, top] = [522, 62, 14.6, 34]
  const parts: string[] = []
  const left = (at: number): number => at * (box + gap)
  for (const [at, { name, out, promise, pattern }] of STAGES.entries()) {
    const x = left(at)
    const isLog = name === 'log'
    parts.push(
      `<rect x="${x + 0.5}" y="${top}" width="${box - 1}" height="24" rx="5" fill="${isLog ? PINE : GROUND}" stroke="${PINE}" stroke-width="0.8"/>`,
      text(x + box / 2, top + 15, name, { weight: 700, anchor: 'middle', fill: isLog ? '#fff' : PINE, size: 8.8 }),
      ...promise.map((line, row) =>
        text(x + box / 2, top + 38 + row * 10, line, { anchor: 'middle', fill: SOFT, size: 8.5 }),
      ),
    )
    if (pattern)
      parts.push(text(x + box / 2, top + 62, pattern, { anchor: 'middle', fill: SUN, weight: 700, size: 8.5 }))
    if (out) {
      parts.push(
        `<path d="M${x + box + 1} ${top + 12}h${gap - 3}" stroke="${PINE}" stroke-width="1.3" marker-end="url(#tip)"/>`,
        text(x + box + gap / 2, top - 4, out, { anchor: 'middle', fill: SOFT }),
      )
    }
  }
  const [last, first] = [left(STAGES.length - 1) + box / 2, box / 2]
  parts.push(
    `<path d="M${last} ${top - 1}V14H${first}V${top - 3}" fill="none" stroke="${PINE}" stroke-width="1.3" marker-end="url(#tip)"/>`,
    text(
      width / 2,
      9,
      'the browser’s outbox writes to the person’s own PDS (OAuth), and waits until its replica shows the rev',
      {
        anchor: 'middle',
      },
    ),
  )
  return svg(width, top + 66, parts)
}

interface RecordBox {
  readonly name: string
  readonly about: string
  readonly x: number
  readonly y: number
  readonly isShared?: boolean
}

const [BOX_WIDTH, BOX_HEIGHT] = [78, 25]
const RECORDS: readonly RecordBox[] = [
  { name: 'profile', about: 'one for each', x: 0, y: 0 },
  { name: 'follow, block', about: 'app.bsky.graph', x: 87, y: 0, isShared: true },
  { name: 'event', about: 'community.lexicon', x: 174, y: 0, isShared: true },
  { name: 'comment', about: 'words, reply', x: 0, y: 43 },
  { name: 'check-in', about: 'place, words, …', x: 87, y: 43 },
  { name: 'place', about: 'in no dataset', x: 174, y: 43 },
  { name: 'like', about: 'community.lexicon', x: 0, y: 86, isShared: true },
  { name: 'companion', about: '“I was there too”', x: 87, y: 86 },
  { name: 'tip, list item, link', about: 'advice; saved; one', x: 174, y: 86 },
]
/** From the edge of one box to another's. */
const REFERENCES = [
  'M78 55.5H85',
  'M165 55.5H172',
  'M70 86 92 69.5',
  'M126 86V69.5',
  'M213 86V69.5',
  'M160 43 182 26.5',
] as const

function data(): string {
  const boxes = RECORDS.flatMap(({ name, about, x, y, isShared }) => [
    `<rect x="${x + 0.4}" y="${y + 0.4}" width="${BOX_WIDTH - 0.8}" height="${BOX_HEIGHT - 0.8}" rx="4" fill="${isShared ? '#fff' : GROUND}" stroke="${PINE}" stroke-width="0.8"/>`,
    text(x + BOX_WIDTH / 2, y + 10.5, name, { anchor: 'middle', weight: 700, fill: PINE }),
    text(x + BOX_WIDTH / 2, y + 20.5, about, { anchor: 'middle', fill: SOFT }),
  ])
  const arrows = REFERENCES.map(
    (path) => `<path d="${path}" stroke="${PINE}" stroke-width="1" marker-end="url(#tip)"/>`,
  )
  return svg(252, 112, [...boxes, ...arrows])
}

const RATIOS = [
  { name: 'delivery-ratio', what: 'timeline delivery · lists in Redis' },
  { name: 'verify-ratio', what: 'verification · @atproto/repo' },
  { name: 'nearby-postgis-ratio', what: 'nearby · PostGIS' },
  { name: 'page-ratio', what: 'home page · Fastify + SQLite' },
  { name: 'nearby-redis-ratio', what: 'nearby · Redis GEOSEARCH' },
  { name: 'engine-ratio', what: 'append to 3 NATS · bare client' },
  { name: 'service-ratio', what: 'whole check-in · bare SQLite' },
] as const

function ratios(measurements: Measurements): string {
  const [width, row, labels, numbers] = [252, 12.4, 140, 26]
  const [least, most] = [0.2, 70]
  const plot = width - labels - numbers
  const at = (value: number): number =>
    labels + ((Math.log(value) - Math.log(least)) / (Math.log(most) - Math.log(least))) * plot
  const height = RATIOS.length * row + 4
  const parts = RATIOS.flatMap(({ name, what }, index) => {
    const figure = measured(measurements, name)
    const [from, to] = [Math.min(at(1), at(figure.value)), Math.max(at(1), at(figure.value))]
    const y = index * row + 2
    return [
      text(labels - 6, y + 8.6, what, { anchor: 'end' }),
      `<rect x="${from}" y="${y + 1.6}" width="${to - from}" height="${row - 4}" rx="1.5" fill="${figure.value < 1 ? SUN : PINE}"/>`,
      text(width, y + 8.6, formatted(figure), { anchor: 'end', weight: 600 }),
    ]
  })
  parts.push(`<path d="M${at(1)} 0V${height}" stroke="${INK}" stroke-width="0.6"/>`)
  return svg(width, height, parts)
}

/** Where a pace is named, beside its point. */
const LABELS: Readonly<Record<string, readonly [number, number, 'start' | 'middle' | 'end']>> = {
  fast: [24, -7, 'end'],
  balanced: [-7, 3, 'end'],
  frugal: [7, 3, 'start'],
}

function gossip(measurements: Measurements): string {
  const [width, height, left, bottom] = [252, 80, 36, 20]
  const paces = Object.keys(LABELS).map((pace) => ({
    pace,
    messages: measured(measurements, `gossip-${pace}-messages`),
    p50: measured(measurements, `gossip-${pace}-p50`),
  }))
  const x = (messages: number): number =>
    left + ((Math.log(messages) - Math.log(0.3)) / (Math.log(20) - Math.log(0.3))) * (width - left - 6)
  const y = (ms: number): number => (height - bottom) * (1 - ms / 800)
  const grid = [0, 400, 800].flatMap((ms) => [
    `<path d="M${left} ${y(ms)}H${width}" stroke="${LINE}" stroke-width="0.6"/>`,
    text(left - 4, y(ms) + (ms === 800 ? 7 : 3), `${ms} ms`, { anchor: 'end', fill: SOFT }),
  ])
  const ticks = [0.5, 1, 2, 5, 10].map((count) =>
    text(x(count), height - 10, String(count), { anchor: 'middle', fill: SOFT }),
  )
  const points = paces.flatMap(({ pace, messages, p50 }) => {
    const said = `<tspan font-weight="700">${pace}</tspan> ${formatted(messages)} · ${formatted(p50)} ms`
    const [px, py] = [x(messages.value), y(p50.value)]
    const [dx, dy, anchor] = LABELS[pace]!
    return [`<circle cx="${px}" cy="${py}" r="3" fill="${PINE}"/>`, text(px + dx, py + dy, said, { anchor })]
  })
  const axis = text(width, height - 0.5, 'messages an operation', { anchor: 'end', fill: SOFT })
  return svg(width, height + 1, [...grid, ...ticks, ...points, axis])
}
