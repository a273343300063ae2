import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { freePort } from '../../../tools/free-port.ts'
import { findNatsServer } from '../../../tools/nats-server.ts'
import { runWaypost } from './kill9-process.ts'
import { consentAtPds, HeadlessBrowser } from './kit/headless-browser.ts'

const program = findNatsServer()
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const OPEN_WITHIN_MS = 180_000
const ENDED_WITHIN_MS = 30_000
const SHOWN_WITHIN_MS = 30_000
const PASSWORD = 'correct horse'
const PIER = { id: 'osm:node/79', refs: [{ $type: 'app.waypost.checkin#osmRef', type: 'node', id: '79' }] }

interface Node {
  readonly url: string
  readonly pid: number
  readonly folder: string
}

/** Looks again and again; whoever has ended meanwhile is not waited for. */
async function until(what: string, child: ChildProcess, isSo: () => Promise<boolean> | boolean, withinMs: number) {
  const end = performance.now() + withinMs
  while (!(await isSo())) {
    if (performance.now() > end || child.exitCode !== null) throw new Error(`not so: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

interface Member {
  readonly did: string
  readonly browser: HeadlessBrowser
}

/** Through the balancer: whichever replica is asked, at every step. */
async function signIn(
  child: ChildProcess,
  origin: string,
  { pds, handle }: { pds: string; handle: string },
): Promise<Member> {
  const created = await fetch(`${pds}/xrpc/com.atproto.server.createAccount`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ handle, email: `${handle}@people.example`, password: PASSWORD }),
  })
  const { did } = (await created.json()) as { did: string }
  const browser = new HeadlessBrowser()
  const begun = await browser.post(origin, '/oauth/sign-in', { handle, returnTo: '/' })
  assert.equal(begun.status, 200, JSON.stringify(begun.json))
  const callback = await consentAtPds(browser, begun.json['url'] as string, { did, handle, password: PASSWORD })
  assert.ok(callback.startsWith(origin))
  const navigation = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  assert.equal((await browser.send(callback, { headers: navigation })).headers.location, '/')
  // A replica has asked the ingest for their repository, of which nothing has come by.
  const profile = `${origin}/xrpc/app.waypost.actor.getProfile?actor=${did}`
  await until('whoever signed in is known', child, async () => (await fetch(profile)).ok, SHOWN_WITHIN_MS)
  return { did, browser }
}

async function write({ browser }: Member, origin: string, [nsid, input]: readonly [string, object]) {
  const written = await browser.post(origin, `/xrpc/app.waypost.${nsid}`, input)
  assert.equal(written.status, 200, JSON.stringify(written.json))
  return written.json
}

/** Whom somebody is shown at the pier by one replica. */
async function whoIsHere(url: string, { browser }: Member): Promise<readonly string[]> {
  const answer = await browser.get(`${url}/xrpc/app.waypost.presence.getHereNow?place=${PIER.id}`)
  const people = (answer.json['people'] ?? []) as { actor: { did: string } }[]
  return people.map(({ actor }) => actor.did)
}

/** Which of these words are in which files below a folder. */
function tracesIn(folder: string, words: readonly string[]): string[] {
  return (
    readdirSync(folder, { recursive: true, withFileTypes: true })
      // The directory of places is large, and made before anybody came.
      .filter((each) => each.isFile() && each.name !== 'directory.sqlite')
      .map((each) => join(each.parentPath, each.name))
      .flatMap((file) => {
        const bytes = contentOf(file)
        return words.flatMap((word) => (bytes.includes(word) ? [`${word} in ${file}`] : []))
      })
  )
}

/** Of a file that may go while it is looked at. */
function contentOf(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw fault
  }
}

/** The folder in which a server of NATS keeps the log, its state and its own lines. */
function folderOf({ pid }: Node): string {
  const [, , config] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  return dirname(config!)
}

async function shows(url: string, uri: string): Promise<boolean> {
  const answer = await fetch(`${url}/xrpc/app.waypost.feed.getGlobal`)
  const { feed } = (await answer.json()) as { feed: readonly { uri: string }[] }
  return feed.some((each) => each.uri === uri)
}

test(
  'a whole cluster starts on one machine, takes a check-in through its balancer, shows it and who is here now everywhere, and leaves nothing',
  program === undefined ? { skip: 'no nats-server 2.15.1 here' } : { timeout: 300_000 },
  async () => {
    const port = await freePort()
    const child = spawn(process.execPath, ['tools/cluster.ts', '--port', String(port), '--no-demo', '--no-web'], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (bytes) => (said += String(bytes)))
    const nodesOf = (role: string): readonly Node[] =>
      [...said.matchAll(new RegExp(`^ +${role} +\\d+ +(\\S+) +pid (\\d+) *(\\S*)$`, 'gm'))].map(
        ([, url, pid, folder]) => ({ url: url!, pid: Number(pid), folder: folder! }),
      )
    const ended = once(child, 'exit')
    async function end(): Promise<unknown> {
      child.kill('SIGINT')
      const late = setTimeout(() => child.kill('SIGKILL'), ENDED_WITHIN_MS)
      const how = await ended
      clearTimeout(late)
      return how
    }
    try {
      await until('the cluster is open', child, () => said.includes('is open on'), OPEN_WITHIN_MS)
      const [nats, ingests, replicas] = [nodesOf('nats'), nodesOf('ingest'), nodesOf('replica')]
      assert.deepEqual([nats.length, ingests.length, replicas.length], [3, 2, 3], said)

      const pds = /^ +pds +(\S+)$/m.exec(said)![1]!
      const origin = `http://127.0.0.1:${port}`
      const [ana, ben] = [
        await signIn(child, origin, { pds, handle: 'ana.test' }),
        await signIn(child, origin, { pds, handle: 'ben.test' }),
      ]
      for (const [one, other] of [
        [ana, ben],
        [ben, ana],
      ] as const)
        await write(one, origin, ['graph.follow', { subject: other.did }])
      const checkin = { place: { name: 'The pier', refs: PIER.refs }, text: 'All of it, from everywhere.' }
      const { uri, visible, hereUntil } = (await write(ana, origin, [
        'feed.createCheckin',
        { checkin, hereNow: true },
      ])) as { uri: string; visible: boolean; hereUntil: string }
      assert.equal(visible, true)
      for (const { url } of replicas) {
        await until('a replica shows it', child, () => shows(url, uri), SHOWN_WITHIN_MS)
      }
      // Told to one of them, and never in the log that they share.
      for (const { url } of replicas) {
        const isSeen = async (): Promise<boolean> => (await whoIsHere(url, ben)).includes(ana.did)
        await until('a replica shows who is here', child, isSeen, SHOWN_WITHIN_MS)
        // Whoever is slow to answer is doubted for a while.
        const knowsAll = async (): Promise<boolean> => {
          const figures = await (await fetch(`${url}/metrics`)).text()
          return /^waypost_replicas\{state="alive"\} 5$/m.test(figures) && /^waypost_links 4$/m.test(figures)
        }
        await until('a replica knows all the others', child, knowsAll, SHOWN_WITHIN_MS)
      }
      // Not "hereUntil": the sandbox publishes our lexicons, and that is a word of one.
      const words = ['sinceMs', hereUntil, String(Date.parse(hereUntil))]
      for (const folder of [dirname(replicas[0]!.folder), folderOf(nats[0]!)]) {
        assert.ok(readdirSync(folder, { recursive: true }).length > 10)
        assert.deepEqual(tracesIn(folder, words), [])
      }
      await write(ana, origin, ['presence.leave', {}])
      for (const { url } of replicas) {
        const isGone = async (): Promise<boolean> => !(await whoIsHere(url, ben)).includes(ana.did)
        await until('a replica shows nobody', child, isGone, SHOWN_WITHIN_MS)
      }
      const digests = (): readonly string[] => replicas.map(({ folder }) => digestOf(folder))
      await until('all digests are equal', child, () => new Set(digests()).size === 1, SHOWN_WITHIN_MS)

      assert.deepEqual(await end(), [0, null], said)
      assert.deepEqual(
        [...nats, ...ingests, ...replicas].filter(({ pid }) => isAlive(pid)),
        [],
      )
      assert.ok(!existsSync(replicas[0]!.folder))
    } finally {
      await end()
      for (const { pid } of ['nats', 'ingest', 'replica'].flatMap(nodesOf)) {
        if (isAlive(pid)) process.kill(pid, 'SIGKILL')
      }
    }
  },
)

function digestOf(folder: string): string {
  return runWaypost({ WAYPOST_DATA: folder }, 'digest')
}
