import sharp from 'sharp'
import { type Canvas, diceFrom } from './brush.ts'

const JPEG_QUALITY = 82
const GRAIN_SIZE = 256
/** How far the paper's grain strays from middle grey, of 255. */
const GRAIN_DEPTH = 26

/** A picture before it is rendered: what stands inside the `svg` element. */
export interface Drawing extends Canvas {
  readonly body: string
}

/** Renders to JPEG, with a grain like that of uncoated paper, the same for the same seed. */
export async function renderPhoto(drawing: Drawing, seed: number): Promise<Uint8Array<ArrayBuffer>> {
  const grain = { input: grainOf(seed), raw: { width: GRAIN_SIZE, height: GRAIN_SIZE, channels: 3 as const } }
  const jpeg = await sharp(svgOf(drawing))
    .composite([{ ...grain, tile: true, blend: 'soft-light' }])
    .flatten({ background: '#000000' })
    .jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4' })
    .toBuffer()
  return new Uint8Array(jpeg)
}

/** Renders to PNG without grain: flat shapes compress well and stay crisp when small. */
export async function renderAvatar(drawing: Drawing): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await sharp(svgOf(drawing)).png({ palette: true, colours: 64 }).toBuffer())
}

function svgOf({ width, height, body }: Drawing): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${body}</svg>`,
  )
}

function grainOf(seed: number): Buffer {
  const dice = diceFrom(seed)
  const pixels = Buffer.alloc(GRAIN_SIZE * GRAIN_SIZE * 3)
  for (let at = 0; at < pixels.length; at += 3) {
    const grey = 128 + Math.round((dice() + dice() - 1) * GRAIN_DEPTH)
    pixels.fill(grey, at, at + 3)
  }
  return pixels
}
