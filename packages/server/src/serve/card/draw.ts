import type { OverlayOptions } from 'sharp'
import type { Icon } from '@waypost/lexicon/categories'
import { loadSharp } from '#serve/rendition.ts'
import type { Land, Size } from './land.ts'
import { drawText, type TextStyle } from './text.ts'

/** What a card says. All text is a stranger's. */
export interface Card {
  readonly place: string
  /** Such as `Café · Berlin`. */
  readonly kind: string
  readonly icon: Icon
  readonly words: string | undefined
  readonly person: string
  /** Such as `@ana.example · 14 November 2026`. */
  readonly byline: string
  readonly point: { readonly lat: number; readonly lon: number } | undefined
}

/** Pictures as they were rendered for pages: JPEG or WebP. */
export interface CardPictures {
  readonly photo: Uint8Array | undefined
  readonly avatar: Uint8Array | undefined
}

/** What link previews ask for. */
export const CARD_SIZE: Size = { width: 1_200, height: 630 }
/** Past it the card has 256 colours only: some previews leave out what is larger. */
const CARD_BYTES_MAX = 500_000

const SIDE = { left: 720, width: 480 }
const PHOTO_HEIGHT = 400
const AVATAR_PIXELS = 72
const MARGIN = 64
const TEXT_WIDTH = SIDE.left - 2 * MARGIN

const COLOURS = { paper: '#fbfaf6', ink: '#14322a', soft: '#4d5f57', sun: '#f5c02c', water: '#d9e8ea', land: '#f6f4ea' }
const COAST = '#bcd3d5'

/** The mark of Waypost in a square of 64 units, as in the client's `waypost.svg`. */
const MARK = `<rect width="64" height="64" rx="16" fill="${COLOURS.sun}"/><g fill="${COLOURS.ink}"><rect x="28.5" y="10" width="7" height="46" rx="3.5"/><path d="M17 15h27.5a3 3 0 0 1 2.2 1l5.2 5.6a2 2 0 0 1 0 2.8L46.7 30a3 3 0 0 1-2.2 1H17a3 3 0 0 1-3-3V18a3 3 0 0 1 3-3z"/><path d="M45.5 35H25a3 3 0 0 0-2.2 1l-4.3 4.7a2 2 0 0 0 0 2.7l4.3 4.6a3 3 0 0 0 2.2 1h20.5a3 3 0 0 0 3-3v-8a3 3 0 0 0-3-3z"/></g><circle cx="21.5" cy="23" r="2.6" fill="${COLOURS.sun}"/>`

/** A card as PNG, 1,200 by 630 pixels. */
export async function drawCard(card: Card, pictures: CardPictures, land: Land): Promise<Uint8Array> {
  const sharp = await loadSharp()
  const layers = [...(await sideLayers(pictures)), ...(await textLayers(card, pictures))]
  const ground = Buffer.from(await groundSvg(card, pictures, land))
  const { data, info } = await sharp(ground).composite(layers).raw().toBuffer({ resolveWithObject: true })
  const raw = { width: info.width, height: info.height, channels: info.channels }
  const png = await sharp(data, { raw }).png({ compressionLevel: 9 }).toBuffer()
  return png.length <= CARD_BYTES_MAX ? png : sharp(data, { raw }).png({ palette: true, effort: 4 }).toBuffer()
}

/** Everything but pictures and words. */
async function groundSvg(card: Card, { photo }: CardPictures, land: Land): Promise<string> {
  const { width, height } = CARD_SIZE
  const top = photo === undefined ? 0 : PHOTO_HEIGHT
  const map = { width: SIDE.width, height: height - top }
  const pin = `<path d="M0 0c-16-22-26-34-26-48a26 26 0 0 1 52 0c0 14-10 26-26 48z" fill="${COLOURS.ink}"/><circle cy="-48" r="10" fill="${COLOURS.sun}"/>`
  const piece =
    card.point === undefined
      ? ''
      : `<path d="${land.around(card.point, map)}" fill="${COLOURS.land}" stroke="${COAST}"/><g transform="translate(${map.width / 2} ${map.height / 2})">${pin}</g>`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<rect width="${width}" height="${height}" fill="${COLOURS.paper}"/>
<rect x="${SIDE.left}" width="${SIDE.width}" height="${height}" fill="${COLOURS.water}"/>
<svg x="${SIDE.left}" y="${top}" width="${map.width}" height="${map.height}">${piece}</svg>
<g transform="translate(${MARGIN} 48) scale(0.75)">${MARK}</g>
<g transform="translate(${MARGIN} 132)"><circle cx="30" cy="30" r="30" fill="${COLOURS.sun}" fill-opacity="0.35"/><g transform="translate(14 14) scale(1.34)" fill="none" stroke="${COLOURS.ink}" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round">${await iconSvg(card.icon)}</g></g>
</svg>`
}

async function iconSvg(icon: Icon): Promise<string> {
  const { CATEGORY_ICONS } = await import('@waypost/lexicon/category-icons')
  return CATEGORY_ICONS[icon]
    .map(([tag, attributes]) => {
      const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`)
      return `<${tag}${written.join('')}/>`
    })
    .join('')
}

async function sideLayers({ photo, avatar }: CardPictures): Promise<OverlayOptions[]> {
  const sharp = await loadSharp()
  const layers: OverlayOptions[] = []
  if (photo !== undefined) {
    const cut = await sharp(photo).resize(SIDE.width, PHOTO_HEIGHT, { fit: 'cover', position: 'attention' }).toBuffer()
    layers.push({ input: cut, left: SIDE.left, top: 0 })
  }
  if (avatar !== undefined) {
    const circle = Buffer.from(
      `<svg width="${AVATAR_PIXELS}" height="${AVATAR_PIXELS}"><circle cx="50%" cy="50%" r="50%"/></svg>`,
    )
    const round = await sharp(avatar)
      .resize(AVATAR_PIXELS, AVATAR_PIXELS, { fit: 'cover' })
      .composite([{ input: circle, blend: 'dest-in' }])
      .png()
      .toBuffer()
    layers.push({ input: round, left: MARGIN, top: CARD_SIZE.height - MARGIN - AVATAR_PIXELS })
  }
  return layers
}

async function textLayers(card: Card, { avatar }: CardPictures): Promise<OverlayOptions[]> {
  const layers: OverlayOptions[] = []
  const put = async (text: string | undefined, at: { left: number; top: number }, style: TextStyle) => {
    const picture = text === undefined ? undefined : await drawText(text, style)
    if (picture !== undefined) layers.push({ input: picture.png, ...at })
    return at.top + (picture?.height ?? 0)
  }
  const { ink, soft } = COLOURS
  const beside = MARGIN + 78
  const brand = { widthPixelsMax: TEXT_WIDTH, linesMax: 1, sizePixels: 30, isBold: true, colour: ink }
  await put('Waypost', { left: MARGIN + 64, top: 60 }, brand)
  const kind = { widthPixelsMax: TEXT_WIDTH - 78, linesMax: 1, sizePixels: 28, colour: soft }
  await put(card.kind, { left: beside, top: 148 }, kind)
  const name = { widthPixelsMax: TEXT_WIDTH, linesMax: 2, sizePixels: 56, isBold: true, colour: ink }
  const under = await put(card.place, { left: MARGIN, top: 218 }, name)
  const words = { widthPixelsMax: TEXT_WIDTH, linesMax: 3, sizePixels: 30, colour: soft }
  await put(card.words, { left: MARGIN, top: under + 26 }, words)
  const left = avatar === undefined ? MARGIN : MARGIN + AVATAR_PIXELS + 20
  const person = {
    widthPixelsMax: SIDE.left - left - MARGIN / 2,
    linesMax: 1,
    sizePixels: 30,
    isBold: true,
    colour: ink,
  }
  const bottom = CARD_SIZE.height - MARGIN - AVATAR_PIXELS
  await put(card.person, { left, top: bottom + 2 }, person)
  await put(card.byline, { left, top: bottom + 42 }, { ...person, sizePixels: 24, isBold: false, colour: soft })
  return layers
}
