/**
 * `node --expose-gc bench/feeds/held-memory.ts FOLDER`: what a server's answers in memory add to a process, as JSON. It
 * opens the read model of the folder as a server does, then reads all points in, then lets everybody be online. A
 * process of its own, since memory that was freed counts as long as a process has it.
 */
import { openReadModel } from '../../packages/server/src/project/read-model.ts'
import { openQueries } from '../../packages/server/src/query/queries.ts'
import { EMPTY_DIRECTORY } from '../../packages/server/src/query/directory/place-port.ts'

const folder = process.argv[2]!
using readModel = openReadModel({ folder })
using queries = openQueries({ readModel, directory: EMPTY_DIRECTORY })
const opened = resident()
await queries.loadPoints(() => new Promise((resolve) => setImmediate(resolve)))
const withPoints = resident()
const people = readModel.db.prepare<[], number>('select max(id) from person').pluck().get()!
for (let person = 1; person <= people; person++) queries.timeline(person, { limit: 50 })
const withTimelines = resident()
console.log(JSON.stringify({ opened, points: withPoints - opened, timelines: withTimelines - withPoints }))

/** Bytes, once what is no longer needed is gone. */
function resident(): number {
  for (let nth = 0; nth < 3; nth++) globalThis.gc!()
  return process.memoryUsage.rss()
}
