import { join } from 'node:path'
import { assert, realWorld, type World } from '@waypost/kernel'
import { type Account, pdsClient, type PdsClient, PdsFault } from '../pds-client.ts'
import type { Sandbox } from '../sandbox.ts'
import { readPrivateJson, writePrivateJson } from '../state.ts'
import { people } from './people.ts'
import {
  checkinRecord,
  COLLECTION,
  commentKey,
  commentRecords,
  commentRef,
  followRecords,
  likeRecords,
  memoryRecords,
  type PlannedRecord,
  profileRecord,
  type StrongRef,
  type Timeline,
  visitKey,
  visitRef,
} from './records.ts'
import { comments, visits } from './story.ts'
import { openStudio } from './studio.ts'

/** Kept beside the network, so that an interrupted seeding goes on with the same times and passwords. */
interface Marker {
  readonly version: 1
  readonly startedAt: number
  readonly passwords: Readonly<Record<string, string>>
  readonly finished: boolean
}

export interface DemoProgress {
  readonly done: number
  readonly total: number
  readonly label: string
}

const MARKER_FILE = 'demo.json'

/**
 * Fills an empty sandbox with invented people, their check-ins of the last ten days at real landmarks and some of earlier years, comments, likes
 * and follows, all through the PDS as anybody's would come. Answers whether anything was added: false where the demo is
 * complete, and where other people live here already. Rejects where the PDS does; calling again then goes on.
 */
export async function seedDemo(
  sandbox: Pick<Sandbox, 'folder' | 'pdsUrl' | 'lexiconDid' | 'handleDomain'>,
  options: { readonly onProgress?: (progress: DemoProgress) => void; readonly world?: World } = {},
): Promise<boolean> {
  const { world = realWorld(), onProgress } = options
  const file = join(sandbox.folder, MARKER_FILE)
  const pds = pdsClient(sandbox.pdsUrl)
  const before = readPrivateJson(file) as Marker | undefined
  if (before?.finished) return false
  if (!before && (await pds.repos(2)).some((did) => did !== sandbox.lexiconDid)) return false
  const marker = before ?? newMarker(world)
  if (!before) writePrivateJson(file, marker)

  const photos = visits.filter((visit) => visit.photo).length
  const total = people.length * 2 + photos + 2
  let done = 0
  const step = (label: string): void => onProgress?.({ done: ++done, total, label })

  const accounts = new Map<string, Account>()
  using studio = openStudio()
  const portraits = people.map((person) => studio.portrait(person.look))
  const scenes = visits.map((visit) => visit.photo && studio.scene(visit.photo.scene))
  for (const person of people) {
    const password = marker.passwords[person.name]
    assert(password, `the marker holds a password for ${person.name}`)
    const handle = `${person.name}${sandbox.handleDomain}`
    const account = { handle, email: `${person.name}@demo.example`, password }
    accounts.set(person.name, await accountOf(pds, account, { mayExist: before !== undefined }))
    step(`${person.displayName} joins`)
  }
  const timeline: Timeline = {
    startedAt: marker.startedAt,
    dids: new Map([...accounts].map(([name, account]) => [name, account.did])),
  }
  const repositories = await openRepositories(pds, accounts, { empty: !before })

  for (const [which, person] of people.entries()) {
    const account = accounts.get(person.name)!
    const missing: PlannedRecord[] = [...followRecords(timeline, person), ...memoryRecords(timeline, person)]
    for (const [index, visit] of visits.entries()) {
      if (visit.by !== person.name) continue
      if (repositories.cid(visit.by, COLLECTION.checkin, visitKey(timeline, index)) !== undefined) continue
      const photo = await scenes[index]
      if (photo) step(`${person.displayName} at ${visit.at}`)
      const uploaded = photo && { ...photo, image: await pds.uploadBlob(account, photo.bytes, 'image/jpeg') }
      missing.push(checkinRecord(timeline, index, uploaded))
    }
    const avatar = await pds.uploadBlob(account, (await portraits[which]!).bytes, 'image/png')
    await repositories.write([...missing, profileRecord(timeline, person, avatar)])
    step(`${person.displayName} checks in`)
  }

  const refs = {
    visit(index: number): StrongRef {
      const cid = repositories.cid(visits[index]!.by, COLLECTION.checkin, visitKey(timeline, index))
      assert(cid !== undefined, 'a visit is written before what refers to it')
      return visitRef(timeline, index, cid)
    },
    comment(index: number): StrongRef {
      const cid = repositories.cid(comments[index]!.by, COLLECTION.comment, commentKey(timeline, index))
      assert(cid !== undefined, 'a comment is written before its answers')
      return commentRef(timeline, index, cid)
    },
  }
  await repositories.write(commentRecords(timeline, 'first', refs))
  step('comments')
  await repositories.write([...commentRecords(timeline, 'reply', refs), ...likeRecords(timeline, refs.visit)])
  step('answers and likes')
  writePrivateJson(file, { ...marker, finished: true } satisfies Marker)
  return true
}

function newMarker(world: World): Marker {
  const passwords = people.map(({ name }) => [name, Buffer.from(world.random.bytes(16)).toString('hex')] as const)
  return { version: 1, startedAt: world.clock.now(), passwords: Object.fromEntries(passwords), finished: false }
}

/** A new account, or the one that an interrupted seeding made. */
async function accountOf(
  pds: PdsClient,
  person: { handle: string; email: string; password: string },
  options: { readonly mayExist: boolean },
): Promise<Account> {
  if (options.mayExist) {
    const existing = await pds.signIn(person.handle, person.password).catch((error: unknown) => {
      if (error instanceof PdsFault) return undefined
      throw error
    })
    if (existing) return existing
  }
  return pds.createAccount(person)
}

interface Repositories {
  /** Of a record that is in the person's repository. */
  cid(by: string, collection: string, rkey: string): string | undefined
  /** Writes what is not there yet, in one commit per person. */
  write(records: readonly PlannedRecord[]): Promise<void>
}

async function openRepositories(
  pds: PdsClient,
  accounts: ReadonlyMap<string, Account>,
  options: { readonly empty: boolean },
): Promise<Repositories> {
  const cids = new Map<string, string>()
  const name = (by: string, collection: string, rkey: string): string => `${by}/${collection}/${rkey}`
  for (const [by, account] of options.empty ? [] : accounts) {
    for (const collection of Object.values(COLLECTION)) {
      for (const { uri, cid } of await pds.records(account.did, collection)) {
        cids.set(name(by, collection, uri.slice(uri.lastIndexOf('/') + 1)), cid)
      }
    }
  }
  return {
    cid: (by, collection, rkey) => cids.get(name(by, collection, rkey)),
    async write(records) {
      for (const [by, account] of accounts) {
        const missing = records.filter((record) => {
          return record.by === by && !cids.has(name(by, record.collection, record.rkey))
        })
        if (missing.length === 0) continue
        const written = await pds.write(
          account,
          missing.map(({ collection, rkey, value }) => ({ action: 'create', collection, rkey, value })),
        )
        for (const [index, record] of missing.entries()) {
          const cid = written[index]
          assert(cid !== undefined, 'the PDS answers every create with a CID')
          cids.set(name(by, record.collection, record.rkey), cid)
        }
      }
    },
  }
}
