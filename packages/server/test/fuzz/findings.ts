/** What was found: named, with its bytes, for the test that takes all of it again; or new, for whoever looks into it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant } from './target.ts'

const FOLDER = join(import.meta.dirname, 'findings')

/** A mutant that was not borne as it should be, and how to throw it again. */
export interface Finding extends Mutant {
  readonly target: string
  readonly seed: number
  readonly turn: number
  readonly recorded: boolean
  readonly fault: string
}

/** A finding that has a name, and was put right: `NAME.hex` holds its bytes. */
export interface NamedFinding {
  readonly name: string
  readonly target: string
  readonly about: string
  /** What it has to be taken for. */
  readonly says: string
  /** What was wrong with it. */
  readonly what: string
}

export function namedFindings(): readonly NamedFinding[] {
  return JSON.parse(readFileSync(join(FOLDER, 'index.json'), 'utf8')) as readonly NamedFinding[]
}

export function bytesOf({ name }: NamedFinding): Uint8Array {
  return Buffer.from(readFileSync(join(FOLDER, `${name}.hex`), 'utf8').replaceAll(/\s/g, ''), 'hex')
}

/**
 * Keeps a new finding beside the named ones, where Git does not see it: what was made of recorded material may not get
 * into the repository. Answers the path.
 */
export function keep(finding: Finding): string {
  const { target, seed, turn, bytes, ...rest } = finding
  const path = join(FOLDER, `new-${target}-${seed}-${turn}.json`)
  const told = { target, seed, turn, ...rest, hex: Buffer.from(bytes).toString('hex') }
  writeFileSync(path, `${JSON.stringify(told, undefined, 2)}\n`)
  return path
}
