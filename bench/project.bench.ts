import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realWorld } from '@waypost/kernel'
import { openEmbeddedEngine } from '@waypost/engine'
import { encodeEvent } from '../packages/server/src/log/event-codec.ts'
import { openEventLog } from '../packages/server/src/log/event-log.ts'
import type { EventLog, LoggedEvent } from '../packages/server/src/log/log.ts'
import { prepareBatches } from '../packages/server/src/project/batch.ts'
import { openReadModel } from '../packages/server/src/project/read-model.ts'
import { rebuild } from '../packages/server/src/project/rebuild.ts'
import type { VerifiedEvent } from '../packages/server/src/verify/event.ts'
import type { Bench, Figure } from './main.ts'
import { makeMaterial, type Act, type Material } from './project/material.ts'

/** As many as a busy server hands to the log, and reads from it, at once. */
const EVENTS_PER_CALL = 512
const PEOPLE = 300
const PEOPLE_FULL = 20_000
const ROUNDS = 3

type Cost = Record<string, number[]>

/** The way from a verified event to rows on one core: what each step of it costs in CPU time, and takes on disk. */
export const bench: Bench = {
  about: 'from verified events to the log and from there to the read model, in CPU time an event, batches of 512',
  async run({ full, note }): Promise<readonly Figure[]> {
    const material = await makeMaterial({ people: full ? PEOPLE_FULL : PEOPLE })
    note(material.about)
    const cost: Cost = {}
    let bytes = { log: 0, readModel: 0 }
    for (let round = 0; round < (full ? 1 : ROUNDS); round++) bytes = await runOnce(material, cost)
    const one = (name: string, unit: string, goal?: string): Figure => {
      const value = median(cost[name]!)
      return { name, value, unit, ...(goal !== undefined && { goal }) }
    }
    return [
      one('encode_us', 'µs an event'),
      one('append_us', 'µs an event', 'with encode ≤ 15'),
      one('read_decode_us', 'µs an event'),
      ...material.acts.map(({ name }) => one(`fold_${name}_us`, 'µs an event', name === 'more' ? '≤ 40' : undefined)),
      one('rebuild_per_cpu_s', 'events', '≥ 40,000'),
      { name: 'log_bytes_per_checkin', value: bytes.log / material.checkins, unit: 'bytes' },
      { name: 'read_model_bytes_per_checkin', value: bytes.readModel / material.checkins, unit: 'bytes' },
    ]
  },
}

async function runOnce({ acts }: Material, cost: Cost): Promise<{ log: number; readModel: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
  const world = realWorld()
  try {
    const events = acts.flatMap((act) => act.events)
    const encode = cpuMicros(() => {
      for (const event of events) encodeEvent(event, 1_700_000_000_000)
    })
    const engine = await openEmbeddedEngine({ folder, world })
    try {
      const eventLog = openEventLog(engine.log, world)
      const whole = await cpuMicrosOf(() => appendAll(eventLog, events))
      note(cost, 'encode_us', encode / events.length)
      note(cost, 'append_us', (whole - encode) / events.length)
      await foldAll(eventLog, { acts, folder, cost })
      const rebuilding = await cpuMicrosOf(() => rebuild({ eventLog, folder }).then(() => undefined))
      note(cost, 'rebuild_per_cpu_s', events.length / (rebuilding / 1_000_000))
    } finally {
      await engine[Symbol.asyncDispose]()
    }
    const readModel = openReadModel({ folder })
    readModel[Symbol.dispose]()
    return { log: statSync(join(folder, 'log.sqlite')).size, readModel: statSync(readModel.path).size }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function appendAll(eventLog: EventLog, events: readonly VerifiedEvent[]): Promise<void> {
  for (let at = 0; at < events.length; at += EVENTS_PER_CALL) {
    await eventLog.append(events.slice(at, at + EVENTS_PER_CALL))
  }
}

/** Reads and folds act by act, so that each act has its own price. */
async function foldAll(
  eventLog: EventLog,
  { acts, folder, cost }: { acts: readonly Act[]; folder: string; cost: Cost },
): Promise<void> {
  using readModel = openReadModel({ folder, fileName: 'bench.sqlite' })
  const begin = prepareBatches(readModel)
  let position = 0
  let reading = 0
  for (const { name, events } of acts) {
    let folding = 0
    for (let left = events.length; left > 0;) {
      const limit = Math.min(left, EVENTS_PER_CALL)
      let logged: readonly LoggedEvent[] = []
      reading += await cpuMicrosOf(async () => {
        logged = (await eventLog.read(position, limit)).events
      })
      position = logged.at(-1)!.position
      left -= logged.length
      folding += cpuMicros(() => {
        const batch = begin()
        batch.fold(logged)
        batch.commit(position)
      })
    }
    note(cost, `fold_${name}_us`, folding / events.length)
  }
  note(cost, 'read_decode_us', reading / position)
}

function cpuMicros(act: () => void): number {
  const before = process.cpuUsage()
  act()
  return sum(process.cpuUsage(before))
}

async function cpuMicrosOf(act: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await act()
  return sum(process.cpuUsage(before))
}

function sum({ user, system }: NodeJS.CpuUsage): number {
  return user + system
}

function note(cost: Cost, name: string, value: number): void {
  ;(cost[name] ??= []).push(value)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
