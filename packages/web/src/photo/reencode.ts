import { fitted, type Size } from './size.ts'

export interface Prepared {
  readonly blob: Blob
  readonly size: Size
}

/** What the lexicon allows for one photo, less some room. */
const BYTES_MAX = 3_900_000
const QUALITIES = [0.86, 0.76, 0.6]

/**
 * A photo as it may leave the device: its pixels, upright, at most 2,000 px on its longer side, in a new JPEG. Nothing
 * else of the file is carried over, so no position, no time, no camera, no thumbnail.
 *
 * @throws where the browser cannot read the file as an image
 */
export async function reencode(file: Blob): Promise<Prepared> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  try {
    const size = fitted(bitmap)
    const canvas = new OffscreenCanvas(size.width, size.height)
    const context = canvas.getContext('2d', { alpha: false })
    if (context === null) throw new Error('no canvas')
    context.fillStyle = '#fff'
    context.fillRect(0, 0, size.width, size.height)
    context.imageSmoothingQuality = 'high'
    context.drawImage(bitmap, 0, 0, size.width, size.height)
    for (const quality of QUALITIES) {
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality })
      if (blob.size <= BYTES_MAX) return { blob, size }
    }
    throw new Error('the photo stays too large')
  } finally {
    bitmap.close()
  }
}
