import { type FocusEvent, type PointerEvent, useSyncExternalStore } from 'react'

/** What a link leads to, as far as it can be shown beforehand. */
export type Previewed =
  | { readonly kind: 'person'; readonly actor: string }
  | { readonly kind: 'place'; readonly id: string }

export interface ShownPreview {
  readonly of: Previewed
  /** The link, in the window. */
  readonly link: DOMRect
}

/** Whoever only passes over a link did not ask. */
const REST_MS = 350
/** Long enough to get from the link to the card. */
const LEAVE_MS = 200

let shown: ShownPreview | undefined
let timer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

function change(next: ShownPreview | undefined): void {
  clearTimeout(timer)
  if (next === shown) return
  shown = next
  for (const listener of listeners) listener()
}

function later(ms: number, what: () => void): void {
  clearTimeout(timer)
  timer = setTimeout(what, ms)
}

export function usePreviewShown(): ShownPreview | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => shown,
  )
}

export function hidePreview(): void {
  change(undefined)
}

/** The pointer has left the link, or the card: unless it comes to the other, the card goes. */
export function leavePreview(): void {
  later(LEAVE_MS, hidePreview)
}

/** The pointer has come to the card. */
export function keepPreview(): void {
  clearTimeout(timer)
}

/** What a link does so that a mouse that rests on it, or the keyboard, shows what it leads to. A tap goes there. */
export function previewing(of: Previewed | undefined) {
  if (of === undefined) return {}
  const showFrom = (link: Element) => later(REST_MS, () => change({ of, link: link.getBoundingClientRect() }))
  return {
    onPointerEnter({ currentTarget, pointerType }: PointerEvent) {
      if (pointerType === 'mouse') showFrom(currentTarget)
    },
    onPointerLeave: leavePreview,
    onFocus({ currentTarget }: FocusEvent) {
      if (currentTarget.matches(':focus-visible')) showFrom(currentTarget)
    },
    onBlur: hidePreview,
    onClick: hidePreview,
  }
}
