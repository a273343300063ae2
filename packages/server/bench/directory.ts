/**
 * How long a search of the directory takes in process, over all towns: `node packages/server/bench/directory.ts`.
 * Texts are beginnings of towns' names of 1 to 10 letters; positions are near towns, or anywhere.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTelemetry, realWorld } from '@waypost/kernel'
import { openDirectory, type DirectoryQuery } from '../src/query/directory/directory.ts'

const SEARCHES = 3_000

const { clock, random } = realWorld()
const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
const began = clock.elapsed()
const directory = await openDirectory({
  file: join(folder, 'directory.sqlite'),
  log: createTelemetry({ level: 'warn' }).log,
})
console.log(`built and opened in ${Math.round(clock.elapsed() - began)} ms: ${directory.count()} places`)

const sample = Array.from(
  { length: 500 },
  (_, at) => directory.search({ near: anywhere(), limit: 1, offset: at % 5 })[0]!,
)

measure('text', () => ({ text: someText() }))
measure('near a town', () => ({ near: nearTown() }))
measure('near anywhere', () => ({ near: anywhere() }))
measure('text near a town', () => ({ text: someText(), near: nearTown() }))
measure('one letter near a town', () => ({ text: someTown().name.slice(0, 1), near: nearTown() }))
directory.close()
rmSync(folder, { recursive: true })

function measure(name: string, query: () => Pick<DirectoryQuery, 'text' | 'near'>): void {
  const durations = Array.from({ length: SEARCHES }, () => {
    const asked = { ...query(), limit: 20, offset: 0 }
    const from = clock.elapsed()
    directory.search(asked)
    return clock.elapsed() - from
  }).toSorted((a, b) => a - b)
  const at = (share: number) => durations[Math.floor(SEARCHES * share)]!.toFixed(2)
  console.log(`${name}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${durations.at(-1)!.toFixed(2)} ms`)
}

function someTown() {
  return sample[Math.floor(random.fraction() * sample.length)]!
}

function someText(): string {
  return someTown().name.slice(0, 1 + Math.floor(random.fraction() * 10))
}

function nearTown(): { latitude: number; longitude: number } {
  const { latitude, longitude } = someTown()
  return { latitude: Math.max(-90, Math.min(90, latitude + random.fraction() - 0.5)), longitude }
}

function anywhere(): { latitude: number; longitude: number } {
  return { latitude: random.fraction() * 180 - 90, longitude: random.fraction() * 360 - 180 }
}
