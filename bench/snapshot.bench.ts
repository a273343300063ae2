import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realWorld } from '@waypost/kernel'
import { openEmbeddedEngine, type Engine } from '@waypost/engine'
import { openEventLog } from '../packages/server/src/log/event-log.ts'
import { openReadModel } from '../packages/server/src/project/read-model.ts'
import { rebuild } from '../packages/server/src/project/rebuild.ts'
import { loadSnapshot } from '../packages/server/src/project/snapshot/load.ts'
import { takeSnapshot } from '../packages/server/src/project/snapshot/take.ts'
import type { Bench, Figure } from './main.ts'
import { makeMaterial } from './project/material.ts'

const PEOPLE = 300
const PEOPLE_FULL = 20_000
const EVENTS_PER_CALL = 512
const PER_CHECKINS = 1_000_000

/** A snapshot of the read model, taken and loaded: what a replica that begins waits for before it reads the log. */
export const bench: Bench = {
  about:
    'a snapshot of the read model, taken into the blob store of a folder and loaded from it, with its digest computed anew',
  async run({ full, note }): Promise<readonly Figure[]> {
    const folder = mkdtempSync(join(tmpdir(), 'waypost-bench-'))
    const world = realWorld()
    try {
      const material = await makeMaterial({ people: full ? PEOPLE_FULL : PEOPLE })
      note(material.about)
      await using engine = await openEmbeddedEngine({ folder, world })
      const eventLog = openEventLog(engine.log, world)
      const events = material.acts.flatMap((act) => act.events)
      for (let at = 0; at < events.length; at += EVENTS_PER_CALL) {
        await eventLog.append(events.slice(at, at + EVENTS_PER_CALL))
      }
      const rebuilding = await secondsOf(() => rebuild({ eventLog, folder }))
      using readModel = openReadModel({ folder })
      const { blobs } = engine
      const taking = await secondsOf(() => takeSnapshot({ world, readModel, blobs }))
      const refused = (reason: string): void => note(`refused: ${reason}`)
      const loading = await secondsOf(() => loadSnapshot({ folder: join(folder, 'new'), blobs, eventLog, refused }))
      const perMillion = PER_CHECKINS / material.checkins
      return [
        { name: 'checkins', value: material.checkins, unit: 'check-ins' },
        { name: 'take_s_per_million', value: taking * perMillion, unit: 's' },
        { name: 'load_s_per_million', value: loading * perMillion, unit: 's', goal: '≤ 50' },
        { name: 'rebuild_s_per_million', value: rebuilding * perMillion, unit: 's' },
        { name: 'file_mb_per_million', value: (statSync(readModel.path).size * perMillion) / 1e6, unit: 'MB' },
        { name: 'snapshot_mb_per_million', value: ((await bytesOf(engine)) * perMillion) / 1e6, unit: 'MB' },
      ]
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function secondsOf(act: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await act()
  return (performance.now() - from) / 1_000
}

async function bytesOf({ blobs }: Pick<Engine, 'blobs'>): Promise<number> {
  let bytes = 0
  for (const name of await blobs.list('snapshots/')) bytes += (await blobs.get(name))!.length
  return bytes
}
