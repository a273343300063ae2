import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Engine } from '@waypost/engine'
import { createTelemetry, realWorld, type Did } from '@waypost/kernel'
import { openEventLog } from '#log/event-log.ts'
import { openLedger } from '#log/private-ledger.ts'
import { checkedIn, checkinUri, didOf, tell } from '#project/given.ts'
import { peopleKnownIn } from '#project/known-people.ts'
import { openDenials } from '#serve/denials.ts'
import { createReports } from '#serve/moderation/reports.ts'
import { createPushSubscriptions } from '#serve/push/subscriptions.ts'
import { createSeenStates } from '#serve/seen.ts'
import { grantStore } from '#serve/session/oauth-stores.ts'
import { createSessions } from '#serve/session/sessions.ts'
import type { VerifiedEvent } from '#verify/event.ts'
import { readConfig } from '../src/config.ts'
import { openEngine } from '../src/open-engine.ts'
import { openPrivate } from '../src/open-private.ts'
import { startServer } from '../src/server.ts'
import { findNatsServer } from '../../../tools/nats-server.ts'
import { startNatsServers } from '../../engine/test/kit/nats-servers.ts'
import { runWaypost } from './kill9-process.ts'

/* Backup and restore as `docs/operate.md` has it, by its own commands. */

const world = realWorld()
const telemetry = createTelemetry({ level: 'silent' })
const [ana, ben] = [didOf('ana'), didOf('ben')]
const visits = ['kept', 'deleted'].map((name) => checkinUri('cid', name))
/** Words that stand in nothing but what is private. */
const WORDS = [
  'zanzibar',
  'quagga',
  'https://push.example/okapi',
  'ocelot',
  visits[0]!.slice(-13),
  visits[1]!.slice(-13),
]
const scripts = [...readFileSync('docs/operate.md', 'utf8').matchAll(/```sh\n(.*?)```/gs)].map((match) => match[1]!)

function folder(): Disposable & { readonly root: string; carryOut(marks: string): void } {
  const root = mkdtempSync(join(tmpdir(), 'waypost-restore-'))
  mkdirSync(join(root, 'keys'))
  return {
    root,
    /** The one script of the page that has this in it; of its lines those for our command are called apart. */
    carryOut(marks) {
      const found = scripts.filter((script) => script.includes(marks))
      assert.equal(found.length, 1, marks)
      const lines = found[0]!.split('\n').filter((line) => !line.includes('main.ts'))
      execFileSync('sh', ['-ec', lines.join('\n')], { cwd: root })
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}

async function open(dataFolder: string, settings: Record<string, string> = {}) {
  await using opened = new AsyncDisposableStack()
  const read = readConfig(settings, { data: dataFolder, port: '0' })
  assert(read.ok)
  const engine = opened.use(await openEngine(world, read.value))
  const eventLog = openEventLog(engine.log, world)
  const own = opened.use(await openPrivate(world, { config: read.value, engine, eventLog, log: telemetry.log }))
  const running = opened.move()
  return {
    engine,
    eventLog,
    departures: own.departures,
    denials: running.use(openDenials(own.kept, { changed() {} })),
    seen: createSeenStates(world, own.kept),
    reports: createReports(world, own.kept),
    subscriptions: running.use(createPushSubscriptions(world, own.kept)),
    grants: grantStore<string>(world, own.kept),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** What the person's things are encrypted with, as the ledger has it. */
async function secretOf({ ledger }: Engine, did: Did): Promise<string> {
  const owner = await openLedger(world, ledger).ownerOf(did)
  const { value } = (await ledger.get(`key/${owner}`))!
  return (JSON.parse(Buffer.from(value).toString()) as { secret: string }).secret
}

const filesWithWords = (root: string): readonly string[] => filesWith(root, WORDS)

/** Every file under a folder that has one of the words in it, however it is called. */
function filesWith(root: string, words: readonly string[]): readonly string[] {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  assert.ok(files.length > 3)
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => words.some((word) => readFileSync(file).includes(word)))
}

const report = (by: typeof ana, id: string) => ({
  by,
  subject: { kind: 'place', id } as const,
  reasonType: 'closed',
  reason: `zanzibar ${id}`,
})

test('a restored backup of yesterday brings back nothing that was deleted since, and has all that was kept', async () => {
  using at = folder()
  const data = join(at.root, 'data')
  let doneId = ''
  {
    await using server = await open(data)
    await server.eventLog.append(tell([checkedIn('ana', 'one'), checkedIn('ben', 'two')]) as readonly VerifiedEvent[])
    for (const visit of visits) await server.denials.add(ana, visit)
    await server.seen.raise(ana, 7)
    await server.subscriptions.put(ana, { endpoint: 'https://push.example/okapi', p256dh: 'quagga', auth: 'b' })
    await server.subscriptions.put(ana, { endpoint: 'https://push.example/okapi2', p256dh: 'quagga', auth: 'b' })
    await server.grants.set(ana, 'ocelot')
    await server.grants.set(ben, 'ocelot of somebody who is gone')
    await server.reports.add(report(ana, 'osm:node/1'))
    const added = await server.reports.add(report(ana, 'osm:node/2'))
    assert(added.ok)
    doneId = added.value
    await server.reports.add(report(ben, 'osm:node/3'))
    await createSessions(world, server.engine.keyValue).begin({ did: ben, handle: 'ben.example' })
    at.carryOut("'$BACKUP/$file.sqlite'")

    await server.denials.delete(ana, visits[1]!)
    await server.seen.raise(ana, 9)
    await server.reports.done(doneId)
    await server.subscriptions.delete(ana, 'https://push.example/okapi2')
    const gone = [await secretOf(server.engine, ben)]
    // As the ingest does, once the PDS confirms it.
    await server.departures.ended(ben)
    assert.deepEqual(filesWith(data, gone), [], 'a key that was erased is in no file, also while the server runs')
    assert.deepEqual((await server.engine.keyValue.list('session')).length, 0, 'nor are they signed in any more')
    await server.eventLog.erase(ben, await server.eventLog.head())
    at.carryOut("ledger.sqlite').exec")
    assert.deepEqual(filesWithWords(at.root), [], 'nothing private is legible in any file')
  }
  at.carryOut('mkdir restored')
  const restored = join(at.root, 'restored')
  assert.deepEqual(readdirSync(restored).toSorted(), [
    'ledger.sqlite',
    'log.sqlite',
    'private-log.sqlite',
    'state.sqlite',
  ])
  const unbuilt = join(at.root, 'unbuilt')
  cpSync(restored, unbuilt, { recursive: true })
  runWaypost({}, 'rebuild', '--data', restored)
  assert.deepEqual(peopleKnownIn(restored), [ana])
  for (const each of [restored, restored, unbuilt]) {
    await using server = await open(each)
    assert.deepEqual(
      visits.map((visit) => server.denials.has(ana, visit)),
      [true, false],
    )
    assert.equal(server.seen.get(ana), 7)
    assert.deepEqual(
      server.reports.list().map(({ subject }) => subject.id),
      ['osm:node/1'],
    )
    assert.deepEqual(
      server.subscriptions.of(ana).map(({ endpoint }) => endpoint),
      ['https://push.example/okapi'],
    )
    assert.equal(await server.grants.get(ana), 'ocelot')
    assert.equal(await server.grants.get(ben), undefined)
    assert.deepEqual(await server.eventLog.people('', 10), [ana])
  }
  assert.deepEqual(filesWithWords(at.root), [])
})

test('a server whose ledger is lost does not start, says why, and leaves what is private as it is', async () => {
  using at = folder()
  const data = join(at.root, 'data')
  {
    await using server = await open(data)
    await server.seen.raise(ana, 7)
  }
  cpSync(join(data, 'ledger.sqlite'), join(at.root, 'keys', 'ledger.sqlite'))
  rmSync(join(data, 'ledger.sqlite'))
  const read = readConfig({}, { data, port: '0' })
  assert(read.ok)
  await assert.rejects(startServer(world, read.value, telemetry), /the ledger is lost, and with it the keys/)
  cpSync(join(at.root, 'keys', 'ledger.sqlite'), join(data, 'ledger.sqlite'))
  {
    await using server = await open(data)
    assert.equal(server.seen.get(ana), 7)
  }
  // Where there is no copy of it.
  for (const name of readdirSync(data)) if (/^(ledger|private-log)\./.test(name)) rmSync(join(data, name))
  await using server = await open(data)
  assert.equal(server.seen.get(ana), 0)
  await server.seen.raise(ana, 8)
})

test('a ledger that was saved and loaded opens the same, and knows of what was deleted', async () => {
  using at = folder()
  const [data, file] = [join(at.root, 'data'), join(at.root, 'keys', 'ledger.jsonl')]
  {
    await using server = await open(data)
    for (const visit of visits) await server.denials.add(ana, visit)
    at.carryOut("'$BACKUP/$file.sqlite'")
    await server.denials.delete(ana, visits[1]!)
  }
  assert.match(runWaypost({}, 'ledger', 'save', file, '--data', data), /ledger\.jsonl: 4 lines\.\n$/)
  const restored = join(at.root, 'restored')
  mkdirSync(restored)
  cpSync(join(at.root, 'backup'), restored, { recursive: true })
  assert.throws(() => runWaypost({}, 'ledger', 'load', join(data, 'log.sqlite'), '--data', restored), /not a ledger/)
  runWaypost({}, 'ledger', 'load', file, '--data', restored)
  await using server = await open(restored)
  assert.deepEqual(
    visits.map((visit) => server.denials.has(ana, visit)),
    [true, false],
  )
})

const program = findNatsServer()

test(
  'on NATS replicas have the same at once, and a restored store with the newest ledger brings back nothing deleted',
  program === undefined ? { skip: 'no nats-server 2.15.1 here' } : { timeout: 120_000 },
  async () => {
    using at = folder()
    await using nats = await startNatsServers(program!, { count: 1 })
    const settings = {
      WAYPOST_ENGINE: nats.servers.join(','),
      WAYPOST_ENGINE_MONITORS: nats.monitors.join(','),
    }
    const [one, other] = ['one', 'other'].map((name) => join(at.root, name))
    let gone = ''
    const [store, backup, file] = [nats.storeOf(0), join(at.root, 'backup'), join(at.root, 'keys', 'ledger.jsonl')]
    {
      await using first = await open(one!, settings)
      await using second = await open(other!, settings)
      await Promise.all([first, second, first, second].map(({ seen }, nth) => seen.raise(ana, 5 + (nth % 3))))
      for (const [nth, visit] of visits.entries()) await [first, second][nth]!.denials.add(ana, visit)
      await first.grants.set(ana, 'ocelot')
      assert.equal(await second.grants.get(ana), 'ocelot', 'a grant is read as any replica wrote it last')
      await second.grants.set(ben, 'ocelot of somebody who is gone')
      for (const { denials, seen } of [first, second]) {
        assert.deepEqual([visits.map((visit) => denials.has(ana, visit)), seen.get(ana)], [[true, true], 7])
      }
    }
    await nats.kill(0, 'SIGTERM')
    cpSync(store, backup, { recursive: true })
    await nats.start(0)
    await nats.ready()
    {
      await using first = await open(one!, settings)
      await first.denials.delete(ana, visits[1]!)
      gone = await secretOf(first.engine, ben)
      await first.departures.ended(ben)
    }
    assert.match(runWaypost(settings, 'ledger', 'save', file, '--data', one!), /lines/)
    await nats.kill(0, 'SIGTERM')
    assert.deepEqual(filesWith(store, [...WORDS, gone]), [], 'nor is a key that was erased in any file')
    rmSync(store, { recursive: true })
    cpSync(backup, store, { recursive: true })
    await nats.start(0)
    await nats.ready()
    for (const each of [one!, other!]) {
      for (const name of readdirSync(each)) if (name.startsWith('known-')) rmSync(join(each, name))
    }
    runWaypost(settings, 'ledger', 'load', file, '--data', one!)
    for (const each of [one!, other!]) {
      await using server = await open(each, settings)
      assert.deepEqual(
        visits.map((visit) => server.denials.has(ana, visit)),
        [true, false],
      )
      assert.deepEqual([await server.grants.get(ana), await server.grants.get(ben)], ['ocelot', undefined])
    }
    assert.deepEqual(filesWithWords(at.root), [])
  },
)

test('what an older version kept in plain text is private after the first start, and in no file as such', async () => {
  using at = folder()
  const data = join(at.root, 'data')
  {
    const read = readConfig({}, { data, port: '0' })
    assert(read.ok)
    await using engine = await openEngine(world, read.value)
    await engine.keyValue.put(`denial/${ana}/${visits[0]!}`, new Uint8Array())
    await engine.keyValue.put(`oauth/tokens/${ana}`, Buffer.from(JSON.stringify('ocelot')))
  }
  assert.equal(filesWithWords(data).length, 1)
  {
    await using server = await open(data)
    assert.equal(server.denials.has(ana, visits[0]!), true)
  }
  assert.deepEqual(filesWithWords(data), [])
  await using server = await open(data)
  assert.deepEqual([server.denials.has(ana, visits[0]!), await server.grants.get(ana)], [true, 'ocelot'])
})
