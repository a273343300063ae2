import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from '@nats-io/transport-node'
import { openEmbeddedEngine, openNatsEngine } from '@waypost/engine'
import { realWorld } from '@waypost/kernel'
import { openEventLog } from '#log/event-log.ts'
import { digest } from '#project/digest.ts'
import { openReadModel } from '#project/read-model.ts'
import { rebuild } from '#project/rebuild.ts'
import { startNatsServers, type NatsServers } from '../../engine/test/kit/nats-servers.ts'
import { findNatsServer } from '../../../tools/nats-server.ts'
import { adoptions, newFolder, openTown, serving, start, until, type Town } from './kit/town.ts'

/* `waypost reseed` as an operator meets it: the log is gone, and a read model knows who was in it. */

const NOBODY_LISTENS = 'http://127.0.0.1:1'
const program = findNatsServer()
const world = realWorld()

type Env = Readonly<Record<string, string>>

async function run(
  env: Env,
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly out: string }> {
  const { code, out, err } = await start(args, env).ended
  return { code, out: out + (code === 0 ? '' : err) }
}

/** The read model anew from the log, and what it holds but for handles: those are looked up beside, also later. */
async function heldBy({ WAYPOST_DATA: folder = '' }: Env, nats?: NatsServers): Promise<object> {
  await using engine = await (nats ? openNatsEngine({ world, folder, ...nats }) : openEmbeddedEngine({ world, folder }))
  await rebuild({ eventLog: openEventLog(engine.log, world), folder })
  using readModel = openReadModel({ folder, readOnly: true })
  const { person: _handles, ...held } = digest(readModel).byProjection
  return held
}

/** Everybody is in the log and in the read model. */
async function settled({ url }: Town, env: Env, nats?: NatsServers): Promise<object> {
  const { code, out } = await run(env, 'backfill', '--host', url)
  assert.equal(code, 0, out)
  return heldBy(env, nats)
}

async function loseLog(folder: string): Promise<void> {
  for (const file of globSync(join(folder, 'log.sqlite*'))) await rm(file)
}

test('a log that was lost is refilled, who could not be had is named, and known until they are in it, also where a server let go of the old read model', async () => {
  await using town = await openTown(12)
  const { env, folder } = town
  const before = await settled(town, env)
  await loseLog(folder)
  const [{ did, handle, key }] = town.people as [(typeof town.people)[0], ...typeof town.people]
  town.directory.put({ did, handle, signingKey: key.did, pds: NOBODY_LISTENS })

  const first = await run(env, 'reseed')
  assert.equal(first.code, 1)
  assert.match(first.out, /^Somebody could not be had; .*\n.*\n {2}adopted +11\n {2}failed +1 {2}pds-away 1; tried/)
  assert.ok(first.out.includes(`\n  ${did}  pds-away\n`), first.out)
  assert.equal((await adoptions(folder)).length, 11)

  const server = await serving(env)
  await until('the old read model is let go of', () => server.said().includes('of another log'), server.said)
  await until('whom it knew were asked for', () => !existsSync(join(folder, 'people-to-take-in')), server.said)
  server.child.kill('SIGTERM')
  assert.equal((await server.ended).code, 0)

  town.directory.put({ did, handle, signingKey: key.did, pds: town.url })
  const second = await run(env, 'reseed')
  assert.equal(second.code, 0, second.out)
  assert.match(second.out, /^Everybody who was known and has an account is in the log\.\n/)
  assert.deepEqual((await adoptions(folder)).toSorted(), town.people.map((person) => person.did).toSorted())
  assert.deepEqual(await heldBy(env), before)
  assert.ok(!existsSync(join(folder, 'people-known-before')))
})

test('a rebuild of what was lost does not cost the names of those who were in it', async () => {
  await using town = await openTown(3)
  const before = await settled(town, town.env)
  await loseLog(town.folder)
  assert.equal((await run(town.env, 'rebuild')).code, 0)
  assert.equal((await run(town.env, 'reseed')).code, 0)
  assert.deepEqual(await heldBy(town.env), before)
})

test('killed at any moment it goes on when it is asked again, from the file of a replica alone, and everybody is in the log once', async () => {
  await using town = await openTown(60, { answerMs: 40, slowly: 'com.atproto.sync.getRepo' })
  const before = await settled(town, town.env)
  const [replica] = globSync(join(town.folder, 'read-model-*.sqlite'))
  const data = await newFolder()
  const env = { ...town.env, WAYPOST_DATA: data }
  for (const count of [1, 30]) {
    const running = start(['reseed', '--from-replica', replica!], env)
    await until(`${count} adopted`, async () => (await adoptions(data)).length >= count, running.said)
    running.child.kill('SIGKILL')
    await running.ended
  }
  // Their names are in the folder by now.
  const last = await run(env, 'reseed')
  assert.equal(last.code, 0, last.out)
  assert.equal((await adoptions(data)).length, 60)
  assert.deepEqual(await heldBy(env), before)
})

test('a running server does it, and whoever was a member is one again without a record of ours', async () => {
  await using town = await openTown(5)
  await settled(town, town.env)
  await town.deleteCheckin(2)
  const [replica] = globSync(join(town.folder, 'read-model-*.sqlite'))
  const data = await newFolder()
  const env = { ...town.env, WAYPOST_DATA: data }
  const server = await serving(env)
  const { code, out, err } = await start(['reseed', '--from-replica', replica!], env).ended
  assert.equal(code, 0, out + err)
  assert.match(err, /^The running server does it\./)
  assert.match(out, /adopted +5\n/)
  server.child.kill('SIGTERM')
  assert.equal((await server.ended).code, 0)
})

test('where nobody is known, or a file is no read model, it says so', async () => {
  const data = await newFolder()
  const env = { WAYPOST_DATA: data }
  const nobody = await run(env, 'reseed')
  assert.equal(nobody.code, 1)
  assert.match(nobody.out, /^Nobody is known here/)
  for (const file of ['/nowhere', join(data, 'state.sqlite')]) {
    const { code, out } = await run(env, 'reseed', '--from-replica', file)
    assert.equal(code, 1)
    assert.match(out, /is not there\n|is no read model that can be read: /)
  }
})

test(
  'on NATS, with all streams gone, the log is refilled from the file of a replica',
  program === undefined ? { skip: 'no nats-server 2.15.1 here' } : { timeout: 120_000 },
  async () => {
    await using nats = await startNatsServers(program!, { count: 1 })
    await using town = await openTown(8)
    const onNats = { WAYPOST_ENGINE: nats.servers.join(','), WAYPOST_ENGINE_MONITORS: nats.monitors.join(',') }
    const env = { ...town.env, ...onNats }
    const before = await settled(town, env, nats)
    await using client = await connect({ servers: nats.servers.map((url) => new URL(url).host) })
    for (const stream of ['log', 'parts', 'state']) await client.request(`$JS.API.STREAM.DELETE.waypost_${stream}`)

    const [replica] = globSync(join(town.folder, 'read-model-*.sqlite'))
    const other = { ...env, WAYPOST_DATA: await newFolder() }
    const { code, out } = await run(other, 'reseed', '--from-replica', replica!)
    assert.equal(code, 0, out)
    assert.deepEqual(await heldBy(other, nats), before)
    // The replica that knew them shows the same once it has read that log.
    assert.deepEqual(await heldBy(env, nats), before)
  },
)
