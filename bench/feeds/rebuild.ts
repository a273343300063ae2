import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realWorld } from '@waypost/kernel'
import { openEmbeddedEngine } from '@waypost/engine'
import { openEventLog } from '../../packages/server/src/log/event-log.ts'
import { openReadModel } from '../../packages/server/src/project/read-model.ts'
import { rebuild } from '../../packages/server/src/project/rebuild.ts'
import type { BenchOptions, Figure } from '../main.ts'
import { appendNetwork, makeNetwork, WHOLE } from './network.ts'

/** Of the whole network, where there is no time for it. */
const SMALL = 1 / 25

/** What answers in memory add to a process that has the read model open, in bytes. */
function memoryOf(folder: string): { readonly points: number; readonly timelines: number; readonly all: number } {
  const script = join(import.meta.dirname, 'held-memory.ts')
  const told = execFileSync(process.execPath, ['--expose-gc', script, folder], { encoding: 'utf8' })
  const { opened, points, timelines } = JSON.parse(told) as Record<'opened' | 'points' | 'timelines', number>
  return { points, timelines, all: opened + points + timelines }
}

/** The whole read model from the log, in CPU time of one process, and what it and the log take on disk and in memory. */
export async function rebuilding({ full, note }: BenchOptions): Promise<readonly Figure[]> {
  const part = full ? 1 : SMALL
  const network = makeNetwork({
    people: Math.round(WHOLE.people * part),
    checkins: Math.round(WHOLE.checkins * part),
    follows: Math.round(WHOLE.follows * part),
  })
  const checkins = network.checkins.at.length
  const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
  try {
    await using engine = await openEmbeddedEngine({ folder, world: realWorld() })
    const eventLog = openEventLog(engine.log, realWorld())
    const events = await appendNetwork(network, eventLog)
    const times: number[] = []
    for (let round = 0; round < (full ? 1 : 3); round++) {
      const before = process.cpuUsage()
      await rebuild({ eventLog, folder })
      const { user, system } = process.cpuUsage(before)
      times.push((user + system) / 1_000_000)
    }
    const seconds = times.toSorted((a, b) => a - b)[times.length >> 1]!
    note(`rebuild: ${events} events (${checkins} check-ins) in ${seconds.toFixed(1)} s of CPU time`)
    const readModel = openReadModel({ folder })
    readModel[Symbol.dispose]()
    const memory = memoryOf(folder)
    return [
      { name: 'rebuild_per_s', value: events / seconds, unit: 'events a CPU second', goal: '≥ 40,000' },
      {
        name: 'read_model_bytes_per_checkin',
        value: statSync(readModel.path).size / checkins,
        unit: 'bytes, follows included',
      },
      {
        name: 'log_bytes_per_checkin',
        value: statSync(join(folder, 'log.sqlite')).size / checkins,
        unit: 'bytes, follows included',
      },
      { name: 'points_memory_bytes_per_checkin', value: memory.points / checkins, unit: 'bytes of RSS' },
      {
        name: 'timelines_memory_bytes_per_checkin',
        value: memory.timelines / checkins,
        unit: 'bytes of RSS, everybody online, SQLite’s cache included',
      },
      {
        name: 'server_memory_bytes_per_checkin',
        value: memory.all / checkins,
        unit: 'bytes of RSS, the program included',
      },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
