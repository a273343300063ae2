import { escapeHtml } from '../docs/markdown.ts'
import type { FlameRow } from './flame.ts'

/** Plots as SVG that stand in a page by themselves: colours and letters are the page's, by classes. */
export interface Series {
  readonly name: string
  readonly points: readonly (readonly [number, number])[]
}

export interface Axis {
  readonly label: string
  readonly isLog?: boolean
}

export interface PlotOptions {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  /** A line across: what is promised. */
  readonly across?: { readonly at: number; readonly label: string }
  /** A line upwards: where the knee is. */
  readonly upwards?: { readonly at: number; readonly label: string }
}

const [WIDTH, HEIGHT] = [680, 340]
const AREA = { left: 62, right: 16, top: 14, bottom: 46 }
const TICKS = 6

export function plot({ title, x, y, series, across, upwards }: PlotOptions): string {
  const points = series.flatMap((each) => each.points)
  const xs = scale([0, ...points.map(([at]) => at), ...(upwards ? [upwards.at] : [])], { isLog: x.isLog })
  const ys = scale([...(y.isLog ? [] : [0]), ...points.map(([, at]) => at), ...(across ? [across.at] : [])], y)
  const [left, right] = [AREA.left, WIDTH - AREA.right]
  const [top, bottom] = [AREA.top, HEIGHT - AREA.bottom]
  const px = (value: number): number => round(left + xs.share(value) * (right - left))
  const py = (value: number): number => round(bottom - ys.share(value) * (bottom - top))
  const grid = ys.ticks.map(
    (at) =>
      `<path class="grid" d="M${left} ${py(at)}H${right}"/><text class="tick" x="${left - 8}" y="${py(at) + 4}" text-anchor="end">${tickText(at)}</text>`,
  )
  const below = xs.ticks.map(
    (at) => `<text class="tick" x="${px(at)}" y="${bottom + 18}" text-anchor="middle">${tickText(at)}</text>`,
  )
  const lines = series.map(({ name, points: of }, nth) => {
    // Where something was measured more than once, the line goes through the last.
    const sorted = [...new Map(of)].toSorted(([a], [b]) => a - b)
    const path = sorted.map(([at, value]) => `${px(at)} ${py(value)}`).join('L')
    const dots = of.map(
      ([at, value]) =>
        `<circle cx="${px(at)}" cy="${py(value)}" r="3"><title>${escapeHtml(name)}: ${tickText(value)} at ${tickText(at)}</title></circle>`,
    )
    return `<g class="series s${nth + 1}"><path d="M${path}"/>${dots.join('')}</g>`
  })
  const marks = [
    across &&
      `<path class="mark" d="M${left} ${py(across.at)}H${right}"/><text class="marked" x="${left + 5}" y="${py(across.at) - 5}">${escapeHtml(across.label)}</text>`,
    upwards &&
      `<path class="mark" d="M${px(upwards.at)} ${top}V${bottom}"/><text class="marked" x="${px(upwards.at) - 5}" y="${top + 10}" text-anchor="end">${escapeHtml(upwards.label)}</text>`,
  ].filter((each) => each !== undefined)
  const axes = `<text class="axis" x="${(left + right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escapeHtml(x.label)}</text><text class="axis" transform="translate(14 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(y.label)}</text>`
  const keys = series.map(({ name }, nth) => `<span class="key s${nth + 1}"><i></i>${escapeHtml(name)}</span>`)
  return (
    `<figure><figcaption>${escapeHtml(title)} <span class="keys">${keys.join(' ')}</span></figcaption>` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">${[...grid, ...below, ...lines, ...marks].join('')}${axes}</svg></figure>`
  )
}

const FLAME = { width: 1_200, row: 18, letter: 6.4 }

/** A flame graph: what is called stands above what calls it, and is as wide as it takes time. */
export function flameGraph(rows: readonly FlameRow[]): string {
  const depth = Math.max(0, ...rows.map((row) => row.depth)) + 1
  const height = depth * FLAME.row
  const bars = rows.map(({ name, place, from, share, depth: at }) => {
    const [x, width] = [round(from * FLAME.width), round(share * FLAME.width)]
    const y = height - (at + 1) * FLAME.row
    const letters = Math.floor((width - 6) / FLAME.letter)
    const short = name.length <= letters ? name : `${name.slice(0, Math.max(0, letters - 1))}…`
    const text = letters < 3 ? '' : `<text x="${x + 3}" y="${y + 13}">${escapeHtml(short)}</text>`
    return `<g class="of-${place ?? 'none'}"><rect x="${x}" y="${y}" width="${Math.max(0.5, width - 0.5)}" height="${FLAME.row - 1}"><title>${escapeHtml(name)}: ${(share * 100).toFixed(1)} %</title></rect>${text}</g>`
  })
  return `<div class="flame" tabindex="0"><svg viewBox="0 0 ${FLAME.width} ${height}" role="img" aria-label="Flame graph of the server's CPU">${bars.join('')}</svg></div>`
}

function scale(values: readonly number[], { isLog = false }: { readonly isLog?: boolean | undefined }) {
  const finite = values.filter((value) => Number.isFinite(value) && (!isLog || value > 0))
  const [low, high] = [Math.min(...finite, isLog ? 1 : 0), Math.max(...finite, 1)]
  if (!isLog) {
    const step = niceStep((high - low) / TICKS)
    const [from, to] = [Math.floor(low / step) * step, Math.ceil(high / step) * step]
    const count = Math.round((to - from) / step)
    const ticks = Array.from({ length: count + 1 }, (_, nth) => from + nth * step)
    return { ticks, share: (value: number) => (value - from) / (to - from) }
  }
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))]
  const ticks = Array.from({ length: Math.max(1, to - from) + 1 }, (_, nth) => 10 ** (from + nth))
  const share = (value: number): number => (Math.log10(Math.max(value, 10 ** from)) - from) / Math.max(1, to - from)
  return { ticks, share }
}

/** 1, 2 or 5 of some power of ten, and no smaller than asked. */
function niceStep(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(wanted))
  return power * ([1, 2, 5, 10].find((each) => each * power >= wanted) ?? 10)
}

function tickText(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
