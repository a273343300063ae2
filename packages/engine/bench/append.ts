/** How many entries per second the embedded log takes, by size of the call: `node packages/engine/bench/append.ts`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realWorld } from '@waypost/kernel'
import { openEmbeddedEngine, type NewEntry } from '../src/index.ts'

const ENTRIES = 100_000
const PEOPLE = 20_000
const BODY_BYTES = 500

const world = realWorld()
for (const perCall of [1, 10, 100, 1_000]) {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
  {
    await using engine = await openEmbeddedEngine({ folder, world })
    const entries = perCall === 1 ? ENTRIES / 10 : ENTRIES
    const began = world.clock.elapsed()
    for (let at = 0; at < entries; at += perCall)
      await engine.log.append(Array.from({ length: perCall }, (_, i) => entry(at + i)))
    const appendMs = world.clock.elapsed() - began
    const readBegan = world.clock.elapsed()
    let after = 0
    for (let more = true; more;) {
      const page = await engine.log.read(after, { limit: 1_000 })
      after = page.at(-1)?.position ?? after
      more = page.length > 0
    }
    const readMs = world.clock.elapsed() - readBegan
    console.log(
      `${perCall} per call: ${Math.round((entries / appendMs) * 1_000)} appended/s, ${Math.round((entries / readMs) * 1_000)} read/s`,
    )
  }
  rmSync(folder, { recursive: true })
}

function entry(at: number): NewEntry {
  const person = Math.floor(world.random.fraction() * PEOPLE)
  const key = `did:plc:${person.toString(36).padStart(24, 'q')}`
  return {
    key,
    id: `commit:${at.toString(36).padStart(13, '2')}`,
    source: { host: 'relay.example', seq: at },
    body: new Uint8Array(BODY_BYTES).fill(at),
  }
}
