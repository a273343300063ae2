const WIDTH_PX = 304
/** A card is hardly ever higher. */
const HEIGHT_PX = 180
const GAP_PX = 8

interface LinkBox {
  readonly left: number
  readonly top: number
  readonly bottom: number
}

/** Where a card stands in the window: below its link, above it where there is no room, and never past an edge. */
export function cardPlace(
  link: LinkBox,
  window: { readonly width: number; readonly height: number },
): { readonly left: number; readonly top?: number; readonly bottom?: number } {
  const left = Math.max(GAP_PX, Math.min(link.left, window.width - WIDTH_PX - GAP_PX))
  const isBelow = link.bottom + GAP_PX + HEIGHT_PX <= window.height || link.top < HEIGHT_PX
  return isBelow ? { left, top: link.bottom + GAP_PX } : { left, bottom: window.height - link.top + GAP_PX }
}
