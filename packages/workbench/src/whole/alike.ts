import { join } from 'node:path'
import type { Engine } from '@waypost/engine'
import type { World } from '@waypost/kernel'
import {
  digest,
  EMPTY_DIRECTORY,
  openEventLog,
  openReading,
  openReadModel,
  prepareBatches,
  type ReadModel,
} from '@waypost/server/stages'
import { allAnswers, violation, type Violation } from './check.ts'
import type { Person } from './people.ts'
import type { Replica } from './node.ts'

const EVENTS_PER_READ = 500
const NAMED_MAX = 3

/** Whether all replicas hold the same, which a rebuild from the log holds too, and answer from memory what the tables say. */
export async function compareReplicas(
  replicas: readonly Replica[],
  ground: {
    readonly engine: Engine
    readonly people: readonly Person[]
    readonly folder: string
    readonly world: World
  },
): Promise<readonly Violation[]> {
  const { engine, people, folder, world } = ground
  using rebuilt = openReadModel({ folder: join(folder, 'rebuilt') })
  await fillFromLog(rebuilt, engine, world)
  const should = digest(rebuilt)
  return replicas.flatMap((replica) => {
    const { readModel } = replica.parts
    const is = digest(readModel)
    const differing = Object.keys(should.byProjection).filter(
      (name) => is.byProjection[name] !== should.byProjection[name],
    )
    const found = differing.map((name) =>
      violation(
        'rebuild-differs',
        `${replica.name}: the tables of ${name} are not what a rebuild from the log makes: ${firstDifference(name, readModel, rebuilt)}`,
      ),
    )
    return [...found, ...compareWithTables(replica, people, world.clock.now())]
  })
}

function firstDifference(name: string, is: ReadModel, should: ReadModel): string {
  const queries = is.projections.find((projection) => projection.name === name)?.digest ?? []
  const rowsOf = ({ db }: ReadModel, query: string) =>
    db
      .prepare<[], unknown[]>(query)
      .raw()
      .all()
      .map((row) => JSON.stringify(row.filter((value) => !Buffer.isBuffer(value))))
  for (const query of queries) {
    const [here, there] = [new Set(rowsOf(is, query)), new Set(rowsOf(should, query))]
    const [extra, missing] = [[...here.difference(there)], [...there.difference(here)]]
    if (extra.length + missing.length > 0) return `it has ${extra[0] ?? 'nothing'} and not ${missing[0] ?? 'nothing'}`
  }
  return 'in bytes alone'
}

async function fillFromLog(readModel: ReadModel, engine: Engine, world: World): Promise<void> {
  const eventLog = openEventLog(engine.log, world)
  const begin = prepareBatches(readModel)
  for (let position = 0; ;) {
    const { events, through } = await eventLog.read(position, EVENTS_PER_READ)
    if (through === position) return
    const batch = begin()
    batch.fold(events)
    batch.commit(through)
    position = through
  }
}

function compareWithTables(replica: Replica, people: readonly Person[], nowMs: number): readonly Violation[] {
  const { readModel, reading } = replica.parts
  using fresh = openReading({
    readModel,
    projector: { subscribe: () => ({ [Symbol.dispose]() {} }) },
    directory: EMPTY_DIRECTORY,
  })
  const should = allAnswers(fresh, people, nowMs)
  const is = allAnswers(reading, people, nowMs)
  return [...should]
    .filter(([words, answer]) => is.get(words) !== answer)
    .slice(0, NAMED_MAX)
    .map(([words]) => violation('memory-differs', `${replica.name}: ${words} is in memory another than in the tables`))
}
