import { fileURLToPath } from 'node:url'
import { escapeMarkup } from '#serve/markup.ts'
import { cutText } from '#view/cut-text.ts'
import { loadSharp } from '#serve/rendition.ts'

/**
 * A stranger's words as a picture. In: any text. Out: its pixels on nothing, within a width and so many lines, cut at
 * a character with an ellipsis where it is longer. Pango lays it out, so that Arabic is joined and runs from the right.
 * Letters of Latin and Japanese are ours; other scripts come from the fonts of this machine.
 */
export interface TextStyle {
  readonly widthPixelsMax: number
  readonly linesMax: number
  readonly sizePixels: number
  readonly isBold?: boolean
  /** Such as `#14322a`. */
  readonly colour: string
}

export interface TextPicture {
  readonly png: Buffer
  readonly width: number
  readonly height: number
}

/** No line of a card has more, and Pango's time grows with them. */
const GRAPHEMES_MAX = 400
const BYTES_MAX = 4_000
/** Of the size of letters: what a line takes, and some more for what stands above or hangs below. */
const LINE_SHARE = 1.25

const FONTS = [
  '@expo-google-fonts/figtree/400Regular/Figtree_400Regular.ttf',
  '@expo-google-fonts/figtree/700Bold/Figtree_700Bold.ttf',
  '@expo-google-fonts/noto-sans-jp/500Medium/NotoSansJP_500Medium.ttf',
]

let loading: Promise<unknown> | undefined

/** Pango knows a font for good once it has been named. */
async function loadFonts(): Promise<void> {
  loading ??= (async () => {
    const sharp = await loadSharp()
    for (const font of FONTS) {
      await sharp({ text: { text: 'a', fontfile: fileURLToPath(import.meta.resolve(font)) } })
        .raw()
        .toBuffer()
    }
  })()
  await loading
}

/** Undefined where nothing of it can be shown. */
export async function drawText(text: string, style: TextStyle): Promise<TextPicture | undefined> {
  await loadFonts()
  const letters = [
    ...new Intl.Segmenter().segment(cutText(plain(text), { graphemes: GRAPHEMES_MAX, bytes: BYTES_MAX })),
  ]
  const upTo = (count: number): string => {
    const shown = letters.slice(0, count).map(({ segment }) => segment)
    return count < letters.length ? `${shown.join('').trimEnd()}…` : shown.join('')
  }
  const whole = await fitting(upTo(letters.length), style)
  if (whole !== undefined || letters.length === 0) return whole
  let best: TextPicture | undefined
  // The longest beginning that fits, by halving.
  for (let [low, high] = [1, letters.length - 1]; low <= high;) {
    const middle = (low + high) >>> 1
    const picture = await fitting(upTo(middle), style)
    if (picture === undefined) high = middle - 1
    else {
      best = picture
      low = middle + 1
    }
  }
  return best
}

async function fitting(text: string, style: TextStyle): Promise<TextPicture | undefined> {
  const { widthPixelsMax, linesMax, sizePixels, isBold = false, colour } = style
  if (text === '') return undefined
  const sharp = await loadSharp()
  const { data, info } = await sharp({
    text: {
      text: `<span foreground="${colour}">${escapeMarkup(text)}</span>`,
      font: `Figtree, Noto Sans JP ${isBold ? 'Bold ' : ''}${sizePixels}`,
      width: widthPixelsMax,
      wrap: 'word-char',
      rgba: true,
      dpi: 72,
    },
  })
    .png()
    .toBuffer({ resolveWithObject: true })
  const fits = info.width <= widthPixelsMax && info.height <= linesMax * sizePixels * LINE_SHARE
  return fits ? { png: data, width: info.width, height: info.height } : undefined
}

/** Pictograms: Pango cannot draw them in colour, and few machines have a font that has them at all. */
const PICTOGRAMS = /(?![©®™])\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f/gu

/** Without pictograms, and without what changes the direction of other text or is no letter. */
function plain(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(PICTOGRAMS, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cn}\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu, '')
    .trim()
}
