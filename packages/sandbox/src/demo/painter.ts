import sharp from 'sharp'
import { renderAvatar } from './draw.ts'
import { portrait } from './portrait.ts'
import { paintScene } from './scenes.ts'
import type { Commission, Painting } from './studio.ts'

/**
 * The process that paints: the image library keeps what it once took of memory, so it lives no longer than the work.
 * It ends with the channel to its parent.
 */

// Ctrl-C reaches the whole group; the parent decides when it has no more use for pictures.
process.on('SIGINT', () => undefined)
sharp.cache(false)
sharp.concurrency(1)
let turn = Promise.resolve()
// One after the other: two at once would take twice the memory, and the PDS needs the second core.
process.on('message', (commission: Commission) => void (turn = turn.then(() => paint(commission))))

async function paint(commission: Commission): Promise<void> {
  const answer = await picture(commission).catch((error: Error) => ({ error: error.message }))
  if (process.connected) process.send?.({ request: commission.request, ...answer } satisfies Painting)
}

async function picture(commission: Commission): Promise<{ bytes: Uint8Array; width: number; height: number }> {
  if (commission.kind === 'scene') return paintScene(commission.scene)
  const drawing = portrait(commission.look)
  return { bytes: await renderAvatar(drawing), width: drawing.width, height: drawing.height }
}
