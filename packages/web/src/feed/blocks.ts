import type { CheckinView } from '../views.ts'
import { mosaic } from './mosaic.ts'

/** Items that stand together in a long feed. */
export interface Block {
  /** Keeps its value while items come before and after it. */
  readonly key: string
  readonly items: readonly CheckinView[]
  /** The heights of all its photos together, in widths of the feed. */
  readonly pictures: number
}

/** How many items a block has, on average. */
const BLOCK_ITEMS = 12

/**
 * Cuts a feed into blocks, so that a browser has tens of things to keep an eye on instead of a thousand. The items
 * themselves say where: thus what is already drawn stays in its block when newer ones come before it, or older ones after.
 */
export function blocksOf(items: readonly CheckinView[]): readonly Block[] {
  const blocks: { key: string; items: CheckinView[]; pictures: number }[] = []
  for (const item of items) {
    const isCut = hash(item.uri) % BLOCK_ITEMS === 0
    if (isCut || blocks.length === 0) blocks.push({ key: isCut ? item.uri : 'top', items: [], pictures: 0 })
    const block = blocks.at(-1)!
    block.items.push(item)
    block.pictures += pictureOf(item)
  }
  return blocks
}

/** How high its photos stand, in widths of the feed. */
export function pictureOf({ photos = [] }: CheckinView): number {
  return 1 / (mosaic(photos)?.ratio ?? Infinity)
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}
