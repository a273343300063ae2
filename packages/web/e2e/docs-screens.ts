/** Takes the few pictures of `npm run screens` that the README shows into `docs/screens`, small enough for a repository. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import sharp from 'sharp'

const ROOT = resolve(import.meta.dirname, '../../..')
const BYTES_MAX = 150_000
const QUALITIES = [86, 78, 68, 56]

/** By the name in the docs. */
const CHOSEN: Readonly<Record<string, string>> = {
  live: 'in-live-desktop-light',
  friends: 'friends-desktop-light',
  'phone-live': 'live-phone-light',
  'phone-check-in': 'check-in-phone-light',
  'phone-place': 'in-place-phone-light',
  'phone-person': 'person-phone-dark',
  ops: 'ops-journey',
}

mkdirSync(resolve(ROOT, 'docs/screens'), { recursive: true })
for (const [name, picture] of Object.entries(CHOSEN)) {
  const image = sharp(resolve(ROOT, `.screens/${picture}.png`))
  let webp = Buffer.alloc(BYTES_MAX + 1)
  for (const quality of QUALITIES) {
    if (webp.length > BYTES_MAX) webp = await image.webp({ quality, effort: 6 }).toBuffer()
  }
  if (webp.length > BYTES_MAX) throw new Error(`${picture} stays too large: ${webp.length} bytes`)
  writeFileSync(resolve(ROOT, `docs/screens/${name}.webp`), webp)
}
