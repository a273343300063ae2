import type { CheckinView } from '../views.ts'
import { mosaic } from './mosaic.ts'

/*
 * Which items of a long feed are in the document: those near the screen, so that a phone has tens of them to go through
 * for each picture while it scrolls, not a thousand. Room stands for the others. No screen is known here.
 */

/** As many as fill a screen come first. */
export const FIRST_ITEMS = 4
/** Wherever one jumps to. */
const LANDING_ITEMS = 2

/** The items `from` (included) to `to` (not included) of a feed. */
export interface Window {
  readonly from: number
  readonly to: number
  /** The addresses of the first and the last, by which it is found again when newer ones come or some go. */
  readonly first: string | undefined
  readonly last: string | undefined
}

/** What is where, once a window has been laid out. */
export interface Seen {
  /** Whether the room for the items before and after the window comes near the screen. */
  readonly above: boolean
  readonly below: boolean
  /** Of each item in the window, whether it is near the screen. */
  readonly isNear: readonly boolean[]
  /** Of the items outside of the window that have room near the screen, the one nearest to its middle. */
  readonly middle: () => number | undefined
}

type Items = readonly Pick<CheckinView, 'uri'>[]

function windowOf(items: Items, from: number, to: number): Window {
  const [start, end] = [Math.max(0, from), Math.min(items.length, to)]
  return { from: start, to: end, first: items[start]?.uri, last: items[end - 1]?.uri }
}

/** The same window where the feed has changed. At the top it stays at the top; of another feed it is a new one there. */
export function follow(items: Items, old: Window | undefined): Window {
  if (old === undefined) return windowOf(items, 0, FIRST_ITEMS)
  const { from, to, first, last } = old
  if (items[from]?.uri === first && items[to - 1]?.uri === last) return old
  const start = items.findIndex(({ uri }) => uri === first)
  const end = items.findIndex(({ uri }) => uri === last)
  if (start === -1 && end === -1) return windowOf(items, 0, FIRST_ITEMS)
  const moved = start === -1 ? end + 1 - to : start - from
  return windowOf(items, from === 0 ? 0 : from + moved, Math.max(end + 1, to + moved))
}

/**
 * The window that comes next: what is far goes, and one more comes at each end where there is room near the screen. The
 * same object where nothing is to change.
 */
export function next(items: Items, now: Window, { above, below, isNear, middle }: Seen): Window {
  const first = isNear.indexOf(true)
  if (first === -1) {
    const at = middle()
    return at === undefined ? now : windowOf(items, at, at + LANDING_ITEMS)
  }
  const from = now.from + first - Number(above)
  const to = now.from + isNear.lastIndexOf(true) + 1 + Number(below)
  const moved = windowOf(items, from, to)
  return moved.from === now.from && moved.to === now.to ? now : moved
}

/** What is known or thought of how much room some items take. */
export interface Room {
  /** Of those that have been drawn; pixels. */
  readonly known: number
  /** How many have not been. */
  readonly unknown: number
  /** The heights of the photos of these together, in widths of the feed. */
  readonly pictures: number
}

export function roomFor(items: readonly CheckinView[], heights: ReadonlyMap<string, number>): Room {
  let [known, unknown, pictures] = [0, 0, 0]
  for (const item of items) {
    const height = heights.get(item.uri)
    if (height === undefined) {
      unknown++
      pictures += pictureOf(item)
    } else known += height
  }
  return { known, unknown, pictures }
}

/** How high an item's photos stand, in widths of the feed. */
function pictureOf({ photos = [] }: CheckinView): number {
  return 1 / (mosaic(photos)?.ratio ?? Infinity)
}

/** Which of the items the middle of their room, or another share of it between 0 and 1, belongs to. */
export function itemAt(
  items: readonly CheckinView[],
  heights: ReadonlyMap<string, number>,
  { share, plain, width }: { readonly share: number; readonly plain: number; readonly width: number },
): number {
  const each = items.map((item) => heights.get(item.uri) ?? plain + pictureOf(item) * width)
  const wanted = share * each.reduce((sum, height) => sum + height, 0)
  let sum = 0
  const at = each.findIndex((height) => (sum += height) > wanted)
  return at === -1 ? Math.max(0, items.length - 1) : at
}
