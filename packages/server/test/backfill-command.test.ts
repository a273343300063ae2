import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { adoptions, newFolder, openTown, serving, start, until, type Running } from './kit/town.ts'

/* `waypost backfill` as an operator meets it: with a server on the same folder and without one, stopped and killed. */

test('without a server it takes everybody in, tries again whom it could not have, and then has nothing left to do', async () => {
  await using town = await openTown(30)
  const [lost] = town.people
  town.directory.remove(lost!.did)
  const { code, out, err } = await start(['backfill', '--host', town.url], town.env).ended
  assert.equal(code, 1, err)
  assert.match(
    out,
    /^Everybody on http:\S+ is settled\.\n.*\n {2}adopted +29\n {2}failed +1 {2}identity-unresolved 1; tried/,
  )
  assert.match(err, /^No server runs on the data folder, so it is done here\. Ctrl-C stops it/)
  assert.match(err, /\[#{24}\] 100 % +30\/30 /)
  town.directory.put({ did: lost!.did, handle: lost!.handle, signingKey: lost!.key.did, pds: town.url })
  const second = await start(['backfill', '--host', town.url], town.env).ended
  assert.deepEqual([second.code, (await adoptions(town.folder)).length], [0, 30])
  const third = await start(['backfill', '--host', town.url], town.env).ended
  assert.equal(third.code, 0)
  assert.match(third.out, /^Everybody on \S+ was settled on 20\S+Z\. With --again it begins anew\.\n$/)
  const anew = await start(['backfill', '--host', town.url, '--again'], town.env).ended
  assert.equal(anew.code, 0)
  assert.match(anew.out, /adopted +0\n {2}members already +30\n$/)
})

test('killed at any moment it goes on when it is asked again, and everybody is in the log once', async () => {
  await using town = await openTown(150, { answerMs: 40 })
  for (const count of [1, 80, 120]) {
    const running = start(['backfill', '--host', town.url, '--concurrency', '4'], town.env)
    await until(`${count} adopted`, async () => (await adoptions(town.folder)).length >= count, running.said)
    running.child.kill('SIGKILL')
    await running.ended
  }
  const { code, out } = await start(['backfill', '--host', town.url], town.env).ended
  assert.equal(code, 0, out)
  assert.match(out, /in the lists, so far +150\n/)
  assert.deepEqual((await adoptions(town.folder)).toSorted(), town.people.map(({ did }) => did).toSorted())
  // Whoever was settled a while before a kill is not looked at again.
  const [, adopted, members = 0] = / adopted +(\d+)\n(?: {2}members already +(\d+)\n)?/.exec(out)!
  assert.ok(Number(adopted) + Number(members) < 130, out)
})

test('a running server does it, through a socket of its own that no network leads to', async () => {
  await using town = await openTown(60, { answerMs: 300 })
  const server = await serving(town.env)
  assert.equal((await stat(join(town.folder, 'control.sock'))).mode & 0o777, 0o600)
  assert.equal((await fetch(`${server.url}/backfill`, { method: 'POST', body: '{}' })).status, 404)

  const watcher = start(['backfill', '--host', town.url], { WAYPOST_DATA: town.folder })
  await until('it has begun', async () => (await adoptions(town.folder)).length > 0, watcher.said)
  assert.match(watcher.said(), /^The running server does it\./)
  // Hanging up stops nothing.
  watcher.child.kill('SIGKILL')
  await watcher.ended
  const [second, third] = [1, 2].map(() => start(['backfill', '--host', town.url], { WAYPOST_DATA: town.folder }))
  for (const each of [second!, third!])
    await until('it has joined', () => each.said().includes('The running server'), each.said)
  town.hurry()
  const [one, two] = await Promise.all([second!.ended, third!.ended])
  assert.deepEqual([one.code, two.code], [0, 0])
  assert.match(one.out, /adopted +60\n/)
  assert.equal(one.out, two.out)
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  assert.match(metrics, /waypost_backfill_people_total\{outcome="adopted"\} 60\n/)
  const page = await (await fetch(`${server.url}/xrpc/app.waypost.feed.getGlobal?limit=100`)).json()
  assert.equal((page as { feed: readonly object[] }).feed.length, 60)

  server.child.kill('SIGKILL')
  await server.ended
  // What the server left behind of its socket is in nobody's way.
  const alone = await start(['backfill', '--host', town.url], town.env).ended
  assert.match(alone.err, /^No server runs/)
  assert.match(alone.out, /was settled on/)
  const back = await serving(town.env)
  const stopped = await start(['backfill', '--host', town.url, '--stop'], { WAYPOST_DATA: town.folder }).ended
  assert.deepEqual([stopped.code, stopped.out], [1, `No backfill of ${town.url} is under way.\n`])
  back.child.kill('SIGTERM')
  assert.equal((await back.ended).code, 0)
})

test('Ctrl-C stops it, here and in the server, and so does --stop', async () => {
  await using town = await openTown(200, { answerMs: 300 })
  const begun = async (running: Running, count: number): Promise<void> =>
    until('it goes on', async () => (await adoptions(town.folder)).length >= count, running.said)
  const here = start(['backfill', '--host', town.url], town.env)
  await begun(here, 1)
  here.child.kill('SIGINT')
  const stopped = await here.ended
  assert.equal(stopped.code, 130, stopped.err)
  assert.match(stopped.out, /^Stopped; asked again, it goes on from there\.\n/)

  const server = await serving(town.env)
  const command = { WAYPOST_DATA: town.folder }
  const watched = start(['backfill', '--host', town.url], command)
  await begun(watched, (await adoptions(town.folder)).length + 5)
  watched.child.kill('SIGINT')
  assert.equal((await watched.ended).code, 130)

  const other = start(['backfill', '--host', town.url], command)
  await begun(other, (await adoptions(town.folder)).length + 5)
  assert.equal((await start(['backfill', '--host', town.url, '--stop'], command).ended).code, 0)
  assert.equal((await other.ended).code, 130)
  // A server that ends takes leave of those who watch.
  const last = start(['backfill', '--host', town.url], command)
  await until('it has joined', () => last.said().includes('The running server'), last.said)
  await until('it is under way', () => /\/200/.test(last.said()), last.said)
  server.child.kill('SIGTERM')
  assert.equal((await last.ended).code, 130)
  assert.equal((await server.ended).code, 0)

  town.hurry()
  const { code } = await start(['backfill', '--host', town.url], town.env).ended
  assert.equal(code, 0)
  assert.deepEqual((await adoptions(town.folder)).toSorted(), town.people.map(({ did }) => did).toSorted())
})

test('what cannot be meant is refused with a line', async () => {
  const folder = await newFolder()
  const refused = async (...args: string[]): Promise<readonly unknown[]> => {
    const { code, out, err } = await start(['backfill', ...args], { WAYPOST_DATA: folder }).ended
    return [code, code === 2 ? err : out]
  }
  assert.deepEqual(await refused('--host', 'ht tp'), [2, '--host: "ht tp" is not a URL of a PDS or relay\n'])
  assert.deepEqual(await refused('--host', 'a.example', '--concurrency', '0'), [
    2,
    '--concurrency: "0" is not a count from 1 to 256\n',
  ])
  assert.deepEqual(await refused('--host', 'http://pds.example'), [
    1,
    'http://pds.example is not encrypted; that is for hosts on this machine, in a sandbox.\n',
  ])
})
