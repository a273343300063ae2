import type { Sharp } from 'sharp'
import { ok, refuse, type Result } from '@waypost/kernel'

/**
 * What may be made of a stranger's picture. In: any bytes. Out: a new JPEG or WebP, upright, within a size, with
 * nothing of the original but its pixels: no position, no camera, no thumbnail.
 */
export interface Preset {
  /** The longer side at most, in pixels; a smaller picture keeps its size. */
  readonly sidePixelsMax: number
  /** Cut to a square around the middle. */
  readonly square?: boolean
  /** Quality is lowered until the bytes fit, as far as it stays a picture. */
  readonly bytesMax: number
  /** Drawn by browsers alone: as WebP, which is smaller. Otherwise only what shows through is. */
  readonly forBrowsers?: boolean
}

export const PHOTO: Preset = { sidePixelsMax: 2_000, bytesMax: 1_000_000 }

export interface Rendition {
  readonly bytes: Uint8Array
  readonly type: 'image/jpeg' | 'image/webp'
  readonly width: number
  readonly height: number
}

/** `not-an-image`: no JPEG, PNG or WebP. `too-large`: more pixels than we decode. `broken`: begins as one and fails. */
export type RenditionFault = 'not-an-image' | 'too-large' | 'broken'

/** 40 megapixels: the largest phone photo people share, and 160 MB while it is decoded. */
const PIXELS_MAX = 40e6
const DECODE_SECONDS_MAX = 10
const QUALITIES = [82, 72, 60, 45]

/** Loaded with the first picture: a tenth of a second that a reader of text need not wait for. */
export async function loadSharp() {
  const { default: sharp } = await import('sharp')
  sharp.concurrency(1)
  sharp.cache(false)
  return sharp
}

export async function render(bytes: Uint8Array, preset: Preset): Promise<Result<Rendition, RenditionFault>> {
  const format = formatOf(bytes)
  if (!format) return refuse('not-an-image')
  const sharp = await loadSharp()
  const open = () => sharp(bytes, { limitInputPixels: PIXELS_MAX, failOn: 'error', pages: 1, sequentialRead: true })
  try {
    const found = await open().metadata()
    if (found.format !== format) return refuse('not-an-image')
    if (found.width * found.height > PIXELS_MAX) return refuse('too-large')
    const side = preset.sidePixelsMax
    const upright = open().rotate().timeout({ seconds: DECODE_SECONDS_MAX })
    const sized = preset.square
      ? upright.resize(side, side, { fit: 'cover', withoutEnlargement: true })
      : upright.resize(side, side, { fit: 'inside', withoutEnlargement: true })
    return ok(await encode(sized.toColourspace('srgb'), found.hasAlpha || preset.forBrowsers === true, preset.bytesMax))
  } catch (error) {
    return refuse(/pixel limit/i.test(String(error)) ? 'too-large' : 'broken')
  }
}

async function encode(picture: Sharp, isWebp: boolean, bytesMax: number): Promise<Rendition> {
  // Decoded once: each further quality starts from the pixels.
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true })
  const sharp = await loadSharp()
  const raw = { width: info.width, height: info.height, channels: info.channels }
  let bytes: Uint8Array = data
  for (const quality of QUALITIES) {
    const pixels = sharp(data, { raw })
    bytes = await (isWebp ? pixels.webp({ quality }) : pixels.jpeg({ quality, progressive: true })).toBuffer()
    if (bytes.length <= bytesMax) break
  }
  return { bytes, type: isWebp ? 'image/webp' : 'image/jpeg', width: info.width, height: info.height }
}

/** By the first bytes: what the decoder would take it for, so that no other decoder is ever asked. */
export function formatOf(bytes: Uint8Array): 'jpeg' | 'png' | 'webp' | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 12)).toString('latin1')
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return 'webp'
  return undefined
}
