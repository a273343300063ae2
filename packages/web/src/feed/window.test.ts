import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { CheckinView } from '../views.ts'
import { FIRST_ITEMS, follow, itemAt, next, roomFor, type Window } from './window.ts'

const SCREEN = 800
const PLAIN = 176

function feed(count: number, from = 0): readonly CheckinView[] {
  return Array.from(
    { length: count },
    (_, at) => ({ uri: `at://did:plc:ana/app.waypost.checkin/${from + at}` }) as CheckinView,
  )
}

/** A screen that shows a feed below a header: lays out, scrolls and keeps what is in the middle where it is. */
function openScreen(items: readonly CheckinView[], heightOf: (at: number) => number, header: number) {
  const heights = new Map<string, number>()
  let window: Window = follow(items, undefined)
  let scroll = 0
  const roomOf = (some: readonly CheckinView[]): number => {
    const { known, unknown } = roomFor(some, heights)
    return known + unknown * PLAIN
  }
  const layOut = () => {
    const above = roomOf(items.slice(0, window.from))
    const lines: { top: number; bottom: number }[] = []
    let top = header + above
    for (let at = window.from; at < window.to; at++) {
      lines.push({ top, bottom: top + heightOf(at) })
      top += heightOf(at)
    }
    return {
      above: { top: header, bottom: header + above },
      lines,
      below: { top, bottom: top + roomOf(items.slice(window.to)) },
    }
  }
  const isNear = ({ top, bottom }: { top: number; bottom: number }): boolean =>
    bottom >= scroll - 2 * SCREEN && top <= scroll + 3 * SCREEN
  const shareOf = ({ top, bottom }: { top: number; bottom: number }): number =>
    Math.min(1, Math.max(0, (scroll + SCREEN / 2 - top) / (bottom - top)))
  const step = (): boolean => {
    const { above, lines, below } = layOut()
    lines.forEach(({ top, bottom }, at) => heights.set(items[window.from + at]!.uri, bottom - top))
    const before = window.from > 0 && isNear(above)
    const after = window.to < items.length && isNear(below)
    const changed = next(items, window, {
      above: before,
      below: after,
      isNear: lines.map(isNear),
      middle() {
        if (!before && !after) return undefined
        const some = before ? items.slice(0, window.from) : items.slice(window.to)
        const at = itemAt(some, heights, { share: shareOf(before ? above : below), plain: PLAIN, width: 0 })
        return before ? at : window.to + at
      },
    })
    if (changed === window) return false
    window = changed
    return true
  }
  return {
    /** Answers how many steps it took until nothing changed. */
    scrollTo(share: number): number {
      scroll = Math.max(0, share * (layOut().below.bottom - SCREEN))
      for (let steps = 0; ; steps++) {
        assert.ok(steps < 200, 'it comes to rest')
        if (!step()) return steps
      }
    },
    near: () => {
      const { lines, above, below } = layOut()
      return {
        all: lines.every(isNear),
        rooms: [above, below].filter((room) => room.bottom > room.top && isNear(room)).length,
      }
    },
    window: () => window,
  }
}

test('wherever one scrolls, exactly what is near the screen comes into the document, and then nothing changes', () => {
  const height = fc.integer({ min: 90, max: 900 })
  const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(fc.array(height, { minLength: 1, maxLength: 300 }), shares, fc.nat(2_000), (all, scrolls, header) => {
      const screen = openScreen(feed(all.length), (at) => all[at]!, header)
      for (const share of scrolls) {
        screen.scrollTo(share)
        const { all: areNear, rooms } = screen.near()
        const { from, to } = screen.window()
        assert.ok(from < to)
        // Where nothing of the feed is near, what was there last stays.
        if (header < 2 * SCREEN || share > 0.5) assert.ok(areNear && rooms === 0, JSON.stringify(screen.window()))
      }
    }),
  )
})

test('each step brings one item at each end, or lands on few', () => {
  const items = feed(1_000)
  const screen = openScreen(items, () => 200, 0)
  const filled = screen.scrollTo(0)
  assert.ok(filled > 5 && filled < 20, `${filled}`)
  screen.scrollTo(0.5)
  const { from, to } = screen.window()
  assert.ok(to - from < 30 && from > 400 && to < 600, `${from} to ${to}`)
})

test('a window stays on its items when others come or go, and at the top it stays at the top', () => {
  const items = feed(100, 100)
  const at = { from: 10, to: 20, first: items[10]!.uri, last: items[19]!.uri }
  assert.equal(follow(items, at), at)
  const newer = [...feed(3), ...items]
  assert.deepEqual(follow(newer, at), { ...at, from: 13, to: 23 })
  const top = { from: 0, to: 10, first: items[0]!.uri, last: items[9]!.uri }
  assert.deepEqual(follow(newer, top), { from: 0, to: 13, first: newer[0]!.uri, last: items[9]!.uri })
  // The first is taken away; the last is; another feed.
  assert.deepEqual(follow(items.slice(1), top), { from: 0, to: 9, first: items[1]!.uri, last: items[9]!.uri })
  assert.equal(follow(items.slice(0, 9), top).to, 9)
  assert.deepEqual([follow(feed(50), at).from, follow(feed(50), at).to], [0, FIRST_ITEMS])
  assert.deepEqual([follow([], at).from, follow([], at).to], [0, 0])
})

test('which item a share of a room belongs to follows from what is known of their heights', () => {
  const items = feed(3)
  const heights = new Map([[items[1]!.uri, 1_000]])
  const at = (share: number) => itemAt(items, heights, { share, plain: 100, width: 390 })
  assert.deepEqual([0, 0.05, 0.5, 0.95, 1].map(at), [0, 0, 1, 2, 2])
  assert.deepEqual(roomFor(items, heights), { known: 1_000, unknown: 2, pictures: 0 })
})
