import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realWorld } from '@waypost/kernel'
import { openEmbeddedEngine, type Log, type NewEntry } from '@waypost/engine'
import type { Bench, Figure } from './main.ts'

const PEOPLE = 20_000
const BODY_BYTES = 500
const PER_CALL = [1, 10, 100, 1_000] as const

/** What one core appends to the embedded log (synced to disk), by entries per call, and reads back; in CPU time too. */
export const bench: Bench = {
  about: 'durable appends of 500-byte entries to the embedded log, by entries per call, and reading them back',
  async run({ full }) {
    const figures: Figure[] = []
    for (const perCall of PER_CALL) {
      const entries = (full ? 200_000 : 50_000) / (perCall === 1 ? 10 : 1)
      const { append, read } = await measure(perCall, entries)
      figures.push({ name: `append_${perCall}_per_s`, value: append.perSecond, unit: 'entries/s' })
      figures.push({ name: `append_${perCall}_cpu_us`, value: append.cpuMicros, unit: 'µs an entry' })
      if (perCall !== PER_CALL.at(-1)) continue
      figures.push({ name: 'read_per_s', value: read.perSecond, unit: 'entries/s' })
      figures.push({ name: 'read_cpu_us', value: read.cpuMicros, unit: 'µs an entry' })
    }
    return figures
  },
}

interface Cost {
  readonly perSecond: number
  readonly cpuMicros: number
}

async function measure(perCall: number, entries: number): Promise<{ append: Cost; read: Cost }> {
  const world = realWorld()
  const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
  try {
    await using engine = await openEmbeddedEngine({ folder, world })
    const made = Array.from({ length: entries }, (_, at) => entry(at))
    const append = await costOf(entries, async () => {
      for (let at = 0; at < entries; at += perCall) await engine.log.append(made.slice(at, at + perCall))
    })
    return { append, read: await costOf(entries, () => readAll(engine.log)) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function costOf(entries: number, act: () => Promise<void>): Promise<Cost> {
  const began = performance.now()
  const cpu = process.cpuUsage()
  await act()
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: (entries / (performance.now() - began)) * 1_000, cpuMicros: (user + system) / entries }
}

async function readAll(log: Log): Promise<void> {
  let after = 0
  for (let page = await log.read(after, { limit: 1_000 }); page.length > 0;) {
    after = page.at(-1)!.position
    page = await log.read(after, { limit: 1_000 })
  }
}

function entry(at: number): NewEntry {
  const person = (at * 7_919) % PEOPLE
  return {
    key: `did:plc:${person.toString(36).padStart(24, 'q')}`,
    id: `commit:${at.toString(36).padStart(13, '2')}`,
    source: { host: 'relay.example', seq: at },
    body: new Uint8Array(BODY_BYTES).fill(at),
  }
}
