import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A lexicon as its authority publishes it. */
export interface LexiconDocument {
  readonly lexicon: 1
  readonly id: string
  readonly defs: Readonly<Record<string, unknown>>
}

const FOLDER = join(import.meta.dirname, '../../../lexicons/app/waypost')

/** Every lexicon of which Waypost is the authority (`app.waypost.*`), in the order of their ids. */
export function ownLexicons(): readonly LexiconDocument[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as LexiconDocument)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
}
