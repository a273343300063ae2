/**
 * A child process that appends to an engine's log as fast as it can and says on standard output what was acknowledged:
 * a line `position key id` for each, written only after `append` resolved. Runs until it is killed.
 */
import { writeSync } from 'node:fs'
import { argv } from 'node:process'
import { realWorld } from '@waypost/kernel'
import { openEmbeddedEngine, type NewEntry } from '../src/index.ts'

const [folder, run] = argv.slice(2) as [string, string]
const engine = await openEmbeddedEngine({ folder, world: realWorld() })
const STANDARD_OUTPUT = 1

async function appendForEver(lane: number): Promise<never> {
  for (let call = 0; ; call++) {
    const entries = Array.from({ length: 1 + (call % 5) }, (_, at): NewEntry => {
      return { key: `did:plc:lane${lane}`, id: `${run}.${call}.${at}`, body: new Uint8Array(200 + call).fill(lane) }
    })
    const positions = await engine.log.append(entries)
    const lines = entries.map(({ key, id }, at) => `${positions[at]} ${key} ${id}\n`)
    writeSync(STANDARD_OUTPUT, lines.join(''))
    if (call % 20 === 0) await engine.keyValue.put(`lane/${lane}`, new TextEncoder().encode(`${run}.${call}`))
  }
}

await Promise.all([0, 1, 2].map(appendForEver))
