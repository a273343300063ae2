import { startTransition, useEffect, useMemo, useRef, useState, type RefObject } from 'react'
import type { CheckinView } from '../views.ts'
import { follow, itemAt, next, type Window } from './window.ts'

/** Above and below the screen, what is so many screens away is near; a thumb takes half a second for them. */
const NEAR_SCREENS = 2
/** Of a check-in without photos, in pixels; `feed.css` thinks the same. */
const PLAIN_PX = 176
const HEIGHTS_MAX = 5_000

interface Drawn {
  readonly window: Window
  /** Of items that were drawn, by their addresses; pixels. */
  readonly heights: ReadonlyMap<string, number>
  readonly refs: Readonly<Record<'above' | 'below', RefObject<HTMLDivElement | null>>> & {
    readonly list: RefObject<HTMLOListElement | null>
  }
}

/** Heights outlive a list: whoever comes back to a feed finds it as long as it was. */
const kept = new Map<string, Map<string, number>>()
let keptWidth = 0

function heightsOf(look: string): Map<string, number> {
  const heights = kept.get(look) ?? new Map<string, number>()
  kept.set(look, heights)
  return heights
}

function keep(look: string, { uri }: CheckinView, { width, height }: DOMRectReadOnly): void {
  // Of what is not drawn at all.
  if (width === 0) return
  if (width !== keptWidth) kept.clear()
  keptWidth = width
  const heights = heightsOf(look)
  if (heights.size >= HEIGHTS_MAX) heights.clear()
  heights.set(uri, height)
}

/**
 * Keeps those items of a feed in the document that are near the screen, and changes few of them between two pictures of
 * the page. Lists of different looks have heights of their own.
 */
export function useWindow(items: readonly CheckinView[], look: string): Drawn {
  const [state, setState] = useState<Window>()
  const window = useMemo(() => follow(items, state), [items, state])
  const [above, below, list] = [
    useRef<HTMLDivElement>(null),
    useRef<HTMLDivElement>(null),
    useRef<HTMLOListElement>(null),
  ]
  useEffect(() => {
    const { from, to } = window
    const lines = [...list.current!.children]
    const rooms = [above.current, below.current]
    const seen = new Map<Element, IntersectionObserverEntry>()
    // Each is told of at first, and whenever it comes near or goes.
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) seen.set(entry.target, entry)
        lines.forEach((line, at) => {
          const entry = seen.get(line)
          if (entry !== undefined && items[from + at] !== undefined)
            keep(look, items[from + at]!, entry.boundingClientRect)
        })
        const [before, after] = rooms.map((room) => (room === null ? undefined : seen.get(room)))
        const changed = next(items, window, {
          above: before?.isIntersecting === true,
          below: after?.isIntersecting === true,
          isNear: lines.map((line) => seen.get(line)?.isIntersecting === true),
          middle: () =>
            middleIn(before, items.slice(0, from), look) ?? plus(to, middleIn(after, items.slice(to), look)),
        })
        if (changed === window) return
        observer.disconnect()
        if (isOnScreen(before) || isOnScreen(after)) setState(changed)
        else startTransition(() => setState(changed))
      },
      { rootMargin: `${NEAR_SCREENS * 100}% 0px` },
    )
    for (const each of [...rooms, ...lines]) if (each !== null) observer.observe(each)
    return () => observer.disconnect()
  }, [items, window, look])
  return { window, heights: heightsOf(look), refs: { above, below, list } }
}

/** Top and bottom of the screen itself; asking for its height would lay the page out. */
function screenOf({ rootBounds }: IntersectionObserverEntry): { readonly top: number; readonly bottom: number } {
  const { top, height } = rootBounds ?? { top: 0, height: 0 }
  const screen = height / (1 + 2 * NEAR_SCREENS)
  return { top: top + NEAR_SCREENS * screen, bottom: top + (NEAR_SCREENS + 1) * screen }
}

function isOnScreen(room: IntersectionObserverEntry | undefined): boolean {
  if (room === undefined || !room.isIntersecting) return false
  const { top, bottom } = screenOf(room)
  return room.boundingClientRect.top < bottom && room.boundingClientRect.bottom > top
}

function middleIn(
  room: IntersectionObserverEntry | undefined,
  items: readonly CheckinView[],
  look: string,
): number | undefined {
  if (room === undefined || !room.isIntersecting) return undefined
  const { top, bottom } = screenOf(room)
  const { top: start, height, width } = room.boundingClientRect
  const share = Math.min(1, Math.max(0, ((top + bottom) / 2 - start) / height))
  return itemAt(items, heightsOf(look), { share, plain: PLAIN_PX, width })
}

function plus(from: number, at: number | undefined): number | undefined {
  return at === undefined ? undefined : from + at
}
