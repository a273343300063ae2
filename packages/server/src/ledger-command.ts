import { readFile, rename, writeFile } from 'node:fs/promises'
import type { World } from '@waypost/kernel'
import type { Config } from './config.ts'
import { openEngine } from './open-engine.ts'

/** One line of the file: a key of the ledger and what stands there, in Base64. */
type Line = readonly [key: string, value: string]

/** `waypost ledger save`: the ledger as a file that its owner alone can read, in place of the one before. Answers how many lines. */
export async function saveLedger(world: World, config: Config, file: string): Promise<number> {
  await using engine = await openEngine(world, config)
  const lines: Line[] = []
  for (const key of await engine.ledger.list('')) {
    const held = await engine.ledger.get(key)
    if (held) lines.push([key, Buffer.from(held.value).toString('base64')])
  }
  // Whole or not at all: the one that is replaced is the only one.
  await writeFile(`${file}.new`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), {
    mode: 0o600,
    flush: true,
  })
  await rename(`${file}.new`, file)
  return lines.length
}

/**
 * `waypost ledger load`: the ledger becomes what the file says, whatever it said before. No server may be running: each
 * remembers what it has read. Throws an `Error`, with nothing changed, where the file is not one of `saveLedger`.
 */
export async function loadLedger(world: World, config: Config, file: string): Promise<number> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean).map(readLine)
  if (!lines.some((line) => line?.[0] === 'id') || lines.includes(undefined)) {
    throw new Error(`${file} is not a ledger, or not a whole one`)
  }
  const wanted = new Map(lines as Line[])
  await using engine = await openEngine(world, config)
  for (const [key, value] of wanted) await engine.ledger.put(key, Buffer.from(value, 'base64'))
  for (const key of await engine.ledger.list('')) if (!wanted.has(key)) await engine.ledger.delete(key)
  return wanted.size
}

function readLine(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text)
    return Array.isArray(line) && line.length === 2 && line.every((each) => typeof each === 'string')
      ? (line as unknown as Line)
      : undefined
  } catch {
    return undefined
  }
}
