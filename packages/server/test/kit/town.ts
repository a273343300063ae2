import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { after } from 'node:test'
import { openEmbeddedEngine } from '@waypost/engine'
import { realWorld, tidFrom, type Did } from '@waypost/kernel'
import {
  createSignedRepo,
  generatePeople,
  startDocumentDirectory,
  startFakeHost,
  type DocumentDirectory,
  type FakeHost,
  type GeneratedPerson,
} from '@waypost/load'
import type { EventBody } from '#verify/event.ts'
import { openEventLog } from '#log/event-log.ts'
import { startFront, type Front } from './front.ts'
import { allEvents } from './network.ts'
import { surroundings } from '../kill9-process.ts'

/* A host with people, and the `waypost` command as an operator runs it: processes on a folder, one after another. */

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname
const LONG_AGO = Date.UTC(2026, 0, 1) * 1_000
const world = realWorld()
const folders: string[] = []
const children = new Set<ChildProcess>()

after(async () => {
  // Those of a test that failed.
  for (const child of children) child.kill('SIGKILL')
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** A host of so many people, each with one check-in, who answers so slowly when it is asked about one of them. */
export interface Town extends AsyncDisposable {
  readonly people: readonly GeneratedPerson[]
  readonly url: string
  readonly directory: DocumentDirectory
  readonly env: Readonly<Record<string, string>>
  readonly folder: string
  /** From now on it answers at once. */
  hurry(): void
  /** That person has no record of ours any more. */
  deleteCheckin(at: number): Promise<void>
}

/** For a test file: it is gone afterwards. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-town-'))
  folders.push(folder)
  return folder
}

export async function openTown(
  count: number,
  { answerMs = 0, slowly = 'com.atproto.repo.describeRepo' }: { answerMs?: number; slowly?: string } = {},
): Promise<Town> {
  const folder = await newFolder()
  const people = await generatePeople(`backfill ${count}`, count)
  const directory = await startDocumentDirectory()
  const host = await startFakeHost({ world })
  const front = await slowFront(host, { answerMs, slowly })
  for (const [number, { did, handle, key }] of people.entries()) {
    host.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
    directory.put({ did, handle, signingKey: key.did, pds: front.url })
    const record = {
      $type: 'app.waypost.checkin',
      createdAt: '2026-01-01T00:00:00Z',
      place: { name: `Place ${number}` },
    }
    const rkey = tidFrom(LONG_AGO + number, 0)
    const writes = [{ action: 'create', collection: 'app.waypost.checkin', rkey, record }] as const
    await host.emit({ kind: 'commit', did, writes, at: LONG_AGO + number })
  }
  return {
    people,
    url: front.url,
    directory,
    folder,
    hurry: () => front.hurry(),
    async deleteCheckin(at) {
      const rkey = tidFrom(LONG_AGO + at, 0)
      const writes = [{ action: 'delete', collection: 'app.waypost.checkin', rkey }] as const
      await host.emit({ kind: 'commit', did: people[at]!.did, writes })
    },
    env: {
      WAYPOST_DATA: folder,
      WAYPOST_PLC_URL: directory.url,
      WAYPOST_SANDBOX: front.url,
      WAYPOST_LOG_LEVEL: 'warn',
    },
    async [Symbol.asyncDispose]() {
      for (const each of [front, host, directory]) await each[Symbol.asyncDispose]()
    },
  }
}

/** Answers about one person at a time, each after so long, until it is to hurry. */
async function slowFront(
  host: FakeHost,
  { answerMs, slowly }: { readonly answerMs: number; readonly slowly: string },
): Promise<Front & { hurry(): void }> {
  let last: Promise<unknown> = Promise.resolve()
  let isSlow = answerMs > 0
  const front = await startFront(host.url, (method, params, response) => {
    if (!isSlow || method !== slowly) return false
    const url = `${host.url}/xrpc/${method}?${params}`
    last = last
      .then(() => (isSlow ? world.timers.sleep(answerMs) : undefined))
      .then(async () => response.end(Buffer.from(await (await fetch(url)).arrayBuffer())))
      .catch(() => response.destroy())
    return true
  })
  return { ...front, hurry: () => void (isSlow = false) }
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>
  /** What it has written so far, on both. */
  said(): string
}

export function start(args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(execPath, [MAIN, ...args], { env: surroundings(env) })
  children.add(child)
  child.once('close', () => children.delete(child))
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => (out += String(chunk)))
  child.stderr.on('data', (chunk) => (err += String(chunk)))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }))
  return { child, ended, said: () => out + err }
}

export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  said: () => string = () => '',
): Promise<void> {
  for (let turn = 0; turn < 1_500; turn++) {
    if (await isSo()) return
    await world.timers.sleep(20)
  }
  assert.fail(`${what}: ${said()}`)
}

export async function serving(env: Readonly<Record<string, string>>): Promise<Running & { readonly url: string }> {
  const server = start(['serve', '--port', '0'], { ...env, WAYPOST_LOG_LEVEL: 'info' })
  await until('it serves', () => /"msg":"serving"/.test(server.said()), server.said)
  return { ...server, url: /"url":"(http:[^"]+)".*"msg":"serving"/.exec(server.said())![1]! }
}

/** Beside whoever holds the folder. */
async function logged(folder: string): Promise<readonly EventBody[]> {
  try {
    await using engine = await openEmbeddedEngine({ folder, world, readOnly: true })
    return await allEvents(openEventLog(engine.log, world))
  } catch {
    return []
  }
}

export async function adoptions(folder: string): Promise<readonly Did[]> {
  return (await logged(folder)).flatMap(({ kind, did }) => (kind === 'repo' ? [did] : []))
}
