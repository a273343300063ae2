import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import type { Plugin } from 'vite'

const SIGN = join(import.meta.dirname, '../../public/waypost.svg')
/** The ground of the sign: where a system cuts the icon to a shape of its own, it reaches to every edge. */
const GROUND = '#f5c02c'

interface Icon {
  readonly file: string
  readonly side: number
  /** Share of the side that the sign fills; the rest is ground. Undefined: the sign with its own round corners. */
  readonly filled?: number
}

const ICONS: readonly Icon[] = [
  { file: 'icon-192.png', side: 192 },
  { file: 'icon-512.png', side: 512 },
  // What lies within 80 % of the width is never cut away.
  { file: 'icon-maskable-512.png', side: 512, filled: 0.8 },
  { file: 'apple-touch-icon.png', side: 180, filled: 0.9 },
]

/** Draws the icons that phones want as PNG, from our own sign. They are derived, so they are not checked in. */
export function icons(): Plugin {
  return {
    name: 'waypost-icons',
    apply: 'build',
    async generateBundle() {
      const sign = readFileSync(SIGN)
      for (const icon of ICONS) this.emitFile({ type: 'asset', fileName: icon.file, source: await drawn(sign, icon) })
    },
  }
}

async function drawn(sign: Buffer, { side, filled = 1 }: Icon): Promise<Buffer> {
  const inner = Math.round(side * filled)
  const before = Math.floor((side - inner) / 2)
  const after = side - inner - before
  const picture = sharp(sign, { density: (72 * inner) / 64 }).resize(inner, inner)
  if (filled === 1) return picture.png().toBuffer()
  return picture
    .flatten({ background: GROUND })
    .extend({ top: before, bottom: after, left: before, right: after, background: GROUND })
    .png()
    .toBuffer()
}
