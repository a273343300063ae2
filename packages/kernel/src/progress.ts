import type { World } from './world.ts'

/** Where progress is shown: a terminal gets one line that changes, a file or pipe a line now and then. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface Progress {
  /** `note` stands behind the bar. A total that is still being counted is shown with a `+`. */
  show(label: string, done: number, total: number | { readonly atLeast: number }, note?: string): void
  /** Leaves the last state on a line of its own. */
  finish(): void
}

const BAR_LETTERS = 24
const TERMINAL_EVERY_MS = 100
const FILE_EVERY_MS = 5_000

export function startProgress(world: World, screen: Screen): Progress {
  let shownAt = Number.NEGATIVE_INFINITY
  let shown = ''
  let current = ''

  function draw(): void {
    shown = current
    shownAt = world.clock.elapsed()
    screen.write(screen.isTTY ? `\r${current.slice(0, (screen.columns ?? 80) - 1)}\u001b[K` : `${current}\n`)
  }

  return {
    show(label, done, total, note = '') {
      const isCounted = typeof total === 'number'
      const known = isCounted ? total : total.atLeast
      const share = known === 0 ? (isCounted ? 1 : 0) : Math.min(1, done / known)
      const filled = Math.round(share * BAR_LETTERS)
      const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_LETTERS - filled)}]`
      current =
        `${label.padEnd(10)} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${done}/${known}${isCounted ? '' : '+'}  ${note}`.trimEnd()
      if (world.clock.elapsed() - shownAt >= (screen.isTTY ? TERMINAL_EVERY_MS : FILE_EVERY_MS)) draw()
    },
    finish() {
      if (current !== shown) draw()
      if (screen.isTTY && current !== '') screen.write('\n')
      shownAt = Number.NEGATIVE_INFINITY
      current = shown = ''
    },
  }
}
