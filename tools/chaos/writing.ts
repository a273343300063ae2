import { atUri, realWorld, tidFrom, type Cid, type Did } from '@waypost/kernel'
import {
  createSignedRepo,
  deriveSigningKey,
  generatedDid,
  startDocumentDirectory,
  startFakeHost,
  type SignedRepo,
} from '@waypost/load'
import { sleep } from './cluster.ts'

/** A host on which people check in at a set rate, whoever listens, and what it has told so far. */
export interface Writing extends AsyncDisposable {
  readonly hostUrl: string
  readonly directoryUrl: string
  /** Those who have joined so far. */
  readonly people: readonly Did[]
  /** Every check-in that the host has told, by its URI: what stands there, and the number of the frame. */
  readonly told: ReadonlyMap<string, Told>
  /** The newest URIs, for those who read. */
  readonly recent: readonly string[]
  start(perSecond: number): void
  /** Resolves when nothing more will be told. */
  stop(): Promise<void>
  /** How far behind its rate the host was at the worst, in seconds: then this machine is too slow for it. */
  readonly behindSMax: number
}

export interface Told {
  readonly cid: Cid
  readonly seq: number
}

const CHECKIN = 'app.waypost.checkin'
const PLACES = 500
/** Of each person; then another one joins in their place. What somebody tells beyond 30 within an hour is no news. */
const CHECKINS_EACH = 25
const RECENT_MAX = 200
const TICK_MS = 10

/** `people`: how many check in at a time. */
export async function startWriting(options: { readonly people: number; readonly seed: number }): Promise<Writing> {
  await using opened = new AsyncDisposableStack()
  const world = realWorld()
  const host = opened.use(await startFakeHost({ world }))
  const directory = opened.use(await startDocumentDirectory())
  const repos: SignedRepo[] = []
  const people: Did[] = []

  async function join(): Promise<void> {
    const nth = people.length
    const name = `chaos ${options.seed} ${nth}`
    const [did, handle] = [generatedDid(name), `person${nth}.test`]
    const key = await deriveSigningKey(name)
    directory.put({ did, handle, signingKey: key.did, pds: host.url })
    const repo = createSignedRepo({ did, key, clock: world.clock })
    host.addAccount({ did, handle, repo })
    repos.push(repo)
    people.push(did)
  }

  const told = new Map<string, Told>()
  const recent: string[] = []
  let behindSMax = 0
  let isOver = false
  let writing = Promise.resolve()

  async function checkIn(nth: number): Promise<void> {
    const person = Math.floor(nth / (options.people * CHECKINS_EACH)) * options.people + (nth % options.people)
    while (people.length <= person) await join()
    const repo = repos[person]!
    const micros = Math.floor(world.clock.now() * 1_000) + (nth % 1_000)
    const rkey = tidFrom(micros, nth % 1_024)
    const place = nth % PLACES
    const record = {
      $type: CHECKIN,
      createdAt: new Date(micros / 1_000).toISOString(),
      place: {
        name: `Place ${place}`,
        geo: {
          latitude: (40 + (place % 25) / 10).toFixed(4),
          longitude: (-74 + Math.floor(place / 25) / 10).toFixed(4),
        },
      },
      text: `Visit ${nth}.`,
    }
    await host.emit({
      kind: 'commit',
      did: repo.did,
      writes: [{ action: 'create', collection: CHECKIN, rkey, record }],
    })
    const uri = atUri(repo.did, CHECKIN, rkey)
    told.set(uri, { cid: repo.recordCid(`${CHECKIN}/${rkey}`)!, seq: host.lastSeq })
    recent.push(uri)
    if (recent.length > RECENT_MAX) recent.shift()
  }

  async function writeAt(perSecond: number): Promise<void> {
    const began = performance.now()
    for (let nth = 0; !isOver;) {
      const due = ((performance.now() - began) / 1_000) * perSecond
      behindSMax = Math.max(behindSMax, (due - nth) / perSecond)
      if (nth >= due) await sleep(TICK_MS)
      else await checkIn(nth++)
      // Signing is no reason for the rest of this process to wait.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  const running = opened.move()
  return {
    hostUrl: host.url,
    directoryUrl: directory.url,
    people,
    told,
    recent,
    get behindSMax() {
      return behindSMax
    },
    start: (perSecond) => void (writing = writeAt(perSecond)),
    async stop() {
      isOver = true
      await writing
    },
    async [Symbol.asyncDispose]() {
      isOver = true
      await writing.catch(() => undefined)
      await running.disposeAsync()
    },
  }
}
