import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { FIGURES } from './figures.ts'
import { formatted, measured, MEASUREMENTS_FILE, readMeasurements, type Measurements } from './measurements.ts'

/**
 * The paper as one page of HTML that needs nothing else. In: `docs/paper`, the typefaces of the client. In the text,
 * `{{name}}` is a measurement with its unit and a letter for the command that gives it again, `{{figure:name}}` a figure,
 * `{{commands}}` the letters and their commands, `{{screens}}` pictures of the client.
 */
export const PAPER_FOLDER = 'docs/paper'
const SOURCES = [
  `${PAPER_FOLDER}/paper.html`,
  `${PAPER_FOLDER}/paper.css`,
  MEASUREMENTS_FILE,
  'tools/paper/assemble.ts',
  'tools/paper/figures.ts',
  'tools/paper/measurements.ts',
]
const FONTS = [
  { family: 'Figtree', file: '@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2', style: 'normal' },
  { family: 'Figtree', file: '@fontsource-variable/figtree/files/figtree-latin-wght-italic.woff2', style: 'italic' },
  {
    family: 'Bricolage',
    file: '@fontsource/bricolage-grotesque/files/bricolage-grotesque-latin-700-normal.woff2',
    style: 'normal',
  },
]

const SCREENS = ['live', 'phone-live', 'phone-check-in', 'phone-place', 'phone-person']
/** Twice of what is printed at 150 dots an inch. */
const SCREEN_HEIGHT = 560

/** The same where the paper would be the same, but for the pictures of the client, which are taken anew more often. */
export function digestOfSources(): string {
  const hash = createHash('sha256')
  for (const file of SOURCES) hash.update(readFileSync(file))
  return hash.digest('hex')
}

export function paperSource(): string {
  return readFileSync(`${PAPER_FOLDER}/paper.html`, 'utf8')
}

/** The body alone, its placeholders filled in. */
export function paperBody(source: string, measurements: Measurements): string {
  const letters = lettersOf(source, measurements)
  return source
    .replace(/\{\{figure:([a-z-]+)\}\}/g, (_, name: string) => {
      const draw = FIGURES[name]
      if (!draw) throw new Error(`there is no figure "${name}"`)
      return draw(measurements)
    })
    .replace('{{commands}}', () => commandList(letters))
    .replaceAll('{{machine}}', measurements.machine)
    .replace(/\{\{(?!screens)([a-z0-9-]+)\}\}/g, (_, name: string) => {
      const figure = measured(measurements, name)
      const unit = figure.unit && ` ${figure.unit === '×' ? 'times' : figure.unit}`
      return `<span class="figure">${formatted(figure)}${unit}</span><sup>${letters.get(figure.command)}</sup>`
    })
    .replace(/<cite>([\d, ]+)<\/cite>/g, '<cite>[$1]</cite>')
}

/** Commands by their letters, in the order in which the text first needs them; then those that only figures need. */
function lettersOf(source: string, measurements: Measurements): ReadonlyMap<string, string> {
  const named = [...source.matchAll(/\{\{([a-z0-9-]+)\}\}/g)].map(([, name]) => name!)
  const inText = named.filter((name) => !['commands', 'machine', 'screens'].includes(name))
  const commands = [...inText.map((name) => measured(measurements, name)), ...measurements.figures].map(
    ({ command }) => command,
  )
  return new Map([...new Set(commands)].map((command, at) => [command, String.fromCharCode(97 + at)]))
}

function commandList(letters: ReadonlyMap<string, string>): string {
  const items = [...letters].map(([command, letter]) => `<li><sup>${letter}</sup> <code>${command}</code></li>`)
  return `<ul class="commands">${items.join('')}</ul>`
}

export async function paperScreens(): Promise<string> {
  const images = SCREENS.map(async (name) => {
    const jpeg = await sharp(`docs/screens/${name}.webp`)
      .resize({ height: SCREEN_HEIGHT })
      .jpeg({ quality: 82 })
      .toBuffer()
    return `<img src="data:image/jpeg;base64,${jpeg.toString('base64')}" alt="">`
  })
  return (await Promise.all(images)).join('')
}

export async function paperHtml(): Promise<string> {
  const faces = FONTS.map(({ family, file, style }) => {
    const data = readFileSync(`node_modules/${file}`).toString('base64')
    return `@font-face{font-family:'${family}';src:url(data:font/woff2;base64,${data});font-weight:100 900;font-style:${style}}`
  })
  const css = readFileSync(`${PAPER_FOLDER}/paper.css`, 'utf8')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Waypost: a check-in network that nobody can take away</title>
<style>${faces.join('\n')}\n${css}</style>
</head>
<body>
${paperBody(paperSource(), readMeasurements()).replace('{{screens}}', await paperScreens())}
</body>
</html>
`
}
