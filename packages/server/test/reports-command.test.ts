import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createTelemetry, realWorld } from '@waypost/kernel'
import { givenPrivate } from '#serve/given-private.ts'
import { createReports } from '#serve/moderation/reports.ts'
import { readConfig, type Config } from '../src/config.ts'
import { openEngine } from '../src/open-engine.ts'
import { reports } from '../src/reports-command.ts'
import { startServer } from '../src/server.ts'

/* `waypost reports` as an operator meets it: beside a running server and without one. */

const world = realWorld()
let config: Config

before(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-reports-'))
  const read = readConfig({}, { data: folder, port: '0' })
  assert(read.ok)
  config = read.value
})
after(() => rm(config.dataFolder, { recursive: true, force: true }))

async function ask(options: { json?: boolean; done?: string }): Promise<{ code: number; lines: readonly string[] }> {
  const lines: string[] = []
  const order = { json: options.json ?? false, done: options.done }
  const code = await reports(world, config, order, (text) => lines.push(...text.split('\n')))
  return { code, lines }
}

test('what people reported is read with and without a running server, and nothing in it plays with the terminal', async () => {
  assert.deepEqual(await ask({}), { code: 0, lines: ['Nobody reported anything.'] })
  const ids: string[] = []
  {
    await using engine = await openEngine(world, config)
    await using given = await givenPrivate(world, engine)
    const own = createReports(world, given.kept)
    for (const [nth, reason] of ['Closed\u001b[2J\u202e\u009b for good\nand gone', ''].entries()) {
      const subject = { kind: 'place', id: `osm:node/${nth + 1}` } as const
      const added = await own.add({ by: 'did:plc:ana', subject, reasonType: 'closed', reason })
      assert(added.ok)
      ids.push(added.value)
    }
  }
  const { lines } = await ask({})
  assert.match(lines[0]!, new RegExp(`^${ids[0]}  \\d{4}-.*Z  closed  place osm:node/1$`))
  assert.deepEqual(lines.slice(1, 4), ['  by did:plc:ana', '  | Closed\ufffd[2J\ufffd\ufffd for good', '  | and gone'])

  const telemetry = createTelemetry({ level: 'silent' })
  await using server = await startServer(world, config, telemetry)
  assert.match(server.url, /^http/)
  const json = (await ask({ json: true })).lines.map((line) => JSON.parse(line) as { id: string })
  assert.deepEqual(
    json.map(({ id }) => id),
    ids,
  )
  assert.deepEqual(await ask({ done: ids[0]! }), { code: 0, lines: ['Done, and forgotten.'] })
  assert.deepEqual(await ask({ done: 'x\u001b' }), { code: 1, lines: ['There is no report x\ufffd.'] })
  assert.equal((await ask({ json: true })).lines.length, 1)
})
