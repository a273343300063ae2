import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTelemetry } from '@waypost/kernel'
import { simWorld } from '@waypost/kernel/sim'
import { openDirectory, type Directory, type DirectoryQuery } from '../packages/server/src/query/directory/directory.ts'
import type { Bench, Figure } from './main.ts'

type Asked = Pick<DirectoryQuery, 'text' | 'near'>

/** Searching all the world's towns in process: texts are beginnings of names, positions near towns or anywhere. */
export const bench: Bench = {
  about: 'place search over all towns of the directory, in process',
  async run({ full }) {
    const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
    const log = createTelemetry({ level: 'warn' }).log
    const began = performance.now()
    const directory = await openDirectory({ file: join(folder, 'directory.sqlite'), log })
    try {
      const builtMs = performance.now() - began
      const searches = full ? 20_000 : 3_000
      return [
        { name: 'built_ms', value: builtMs, unit: 'ms' },
        { name: 'places', value: directory.count(), unit: 'places' },
        ...queries(directory).flatMap(({ name, ask }) => measure(directory, { name, ask, searches })),
      ]
    } finally {
      directory.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

function queries(directory: Directory): readonly { name: string; ask: () => Asked }[] {
  const { random } = simWorld({ seed: 11 })
  const anywhere = () => ({ latitude: random.fraction() * 180 - 90, longitude: random.fraction() * 360 - 180 })
  const towns = Array.from({ length: 500 }, () => directory.search({ near: anywhere(), limit: 1, offset: 0 })[0]!)
  const town = () => towns[Math.floor(random.fraction() * towns.length)]!
  const text = () => town().name.slice(0, 1 + Math.floor(random.fraction() * 10))
  const near = () => {
    const { latitude, longitude } = town()
    return { latitude: Math.max(-90, Math.min(90, latitude + random.fraction() - 0.5)), longitude }
  }
  return [
    { name: 'text', ask: () => ({ text: text() }) },
    { name: 'near', ask: () => ({ near: near() }) },
    { name: 'near_anywhere', ask: () => ({ near: anywhere() }) },
    { name: 'text_near', ask: () => ({ text: text(), near: near() }) },
    { name: 'letter_near', ask: () => ({ text: town().name.slice(0, 1), near: near() }) },
  ]
}

function measure(directory: Directory, run: { name: string; ask: () => Asked; searches: number }): readonly Figure[] {
  const durations = Array.from({ length: run.searches }, () => {
    const asked = { ...run.ask(), limit: 20, offset: 0 }
    const from = performance.now()
    directory.search(asked)
    return performance.now() - from
  }).toSorted((a, b) => a - b)
  const at = (share: number) => durations[Math.floor(run.searches * share)]!
  return [
    { name: `${run.name}_p50_ms`, value: at(0.5), unit: 'ms' },
    { name: `${run.name}_p99_ms`, value: at(0.99), unit: 'ms' },
  ]
}
