import { hash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  globSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { assert, type Did } from '@waypost/kernel'
import { CHECKIN, readScript, type Script, type ScriptEvent, type ScriptOptions } from './script.ts'
import type { Share, SignedShare } from './signer.ts'
import { FIRST_SEQ, MESSAGE_BYTES_MAX, messageIn, writeTime, type ReadyStream } from './stream.ts'

/**
 * A host's stream made beforehand: signing it takes longer than reading it, so it lies in a file.
 * In: a script. Out: its messages as a reader would be sent them, and what stands after so many of them.
 */
export interface Recording extends ReadyStream, Disposable {
  readonly folder: string
  readonly people: readonly RecordedPerson[]
  /** So many messages at the beginning make everybody known. */
  readonly opening: number
  /** How many check-ins stand after the first `count` messages. */
  standing(count: number): number
  /** The message of this number, as it was recorded. */
  message(number: number): Buffer
  /** Which of the first `count` messages are somebody's, in order. */
  messagesOf(did: Did, count: number): readonly number[]
}

export interface RecordedPerson {
  readonly did: Did
  readonly handle: string
  /** `did:key:…` */
  readonly signingKey: string
}

interface About {
  /** Hash of the code that made it. */
  readonly madeBy: string
  readonly opening: number
  readonly people: readonly RecordedPerson[]
}

/** Columns of the index, which has a row for each message. */
const END = 0
const TIME_AT = 1
const STANDING = 2
const PERSON = 3
const COLUMNS = 4
/** Each of them reads the script, which takes memory. */
const THREADS = 2

/** The recording of a script: from the system's folder for temporary files, where the same code made it before. */
export async function openRecording(options: ScriptOptions): Promise<Recording> {
  const folder = join(tmpdir(), `waypost-recording-${hash('sha256', JSON.stringify(options), 'hex').slice(0, 12)}`)
  const madeBy = hashOfCode()
  const isThere = existsSync(folder) && readAbout(folder).madeBy === madeBy
  if (!isThere) await makeRecording(options, { folder, madeBy })
  return readRecording(folder)
}

export function readRecording(folder: string): Recording {
  const { opening, people } = readAbout(folder)
  const index = new Float64Array(new Uint8Array(readFileSync(join(folder, 'index'))).buffer)
  const file = openSync(join(folder, 'messages'), 'r')
  const endOf = (at: number): number => (at < 0 ? 0 : index[at * COLUMNS + END]!)
  const byPerson = new Map<Did, number[]>(people.map(({ did }) => [did, []]))
  const length = index.length / COLUMNS
  for (let at = 0; at < length; at++) byPerson.get(people[index[at * COLUMNS + PERSON]!]!.did)!.push(at)

  function read(from: number, through: number, into: Buffer): number {
    const start = endOf(from - 1)
    const size = endOf(through - 1) - start
    for (let done = 0; done < size;) done += readSync(file, into, done, size - done, start + done)
    return size
  }

  return {
    folder,
    people,
    opening,
    firstSeq: FIRST_SEQ,
    length,
    recordedAmong: (count) => count,
    standing: (count) => (count === 0 ? 0 : index[(count - 1) * COLUMNS + STANDING]!),
    message(number) {
      const frame = Buffer.allocUnsafe(endOf(number) - endOf(number - 1))
      read(number, number + 1, frame)
      return messageIn(frame)
    },
    messagesOf: (did, count) => byPerson.get(did)?.filter((at) => at < count) ?? [],
    copy(from, into, { countMax, time }) {
      const start = endOf(from - 1)
      let end = from
      while (end < length && end - from < countMax && endOf(end) - start <= into.length) end++
      const bytes = read(from, end, into)
      for (let at = from; at < end; at++) {
        writeTime(into, endOf(at - 1) - start + index[at * COLUMNS + TIME_AT]!, time)
      }
      return { count: end - from, bytes }
    },
    [Symbol.dispose]: () => closeSync(file),
  }
}

/** Made beside its place and then put there, so that what is there is whole. */
async function makeRecording(
  options: ScriptOptions,
  { folder, madeBy }: { readonly folder: string; readonly madeBy: string },
): Promise<void> {
  const unfinished = `${folder}.${process.pid}`
  const discard = (): void => rmSync(unfinished, { recursive: true, force: true })
  process.once('exit', discard)
  mkdirSync(unfinished)
  try {
    const script = await readScript(options)
    const shares = Array.from({ length: THREADS }, (_, nth): Share => {
      return { script: options, file: join(unfinished, `share-${nth}`), nth, of: THREADS }
    })
    const signed = await Promise.all(shares.map(inThread))
    writeFileSync(join(unfinished, 'index'), new Uint8Array(merge(script, shares, signed, unfinished).buffer))
    for (const { file } of shares) rmSync(file)
    const people = script.people.map(({ did, handle, key }) => ({ did, handle, signingKey: key.did }))
    const about: About = { madeBy, opening: script.opening, people }
    writeFileSync(join(unfinished, 'about.json'), JSON.stringify(about))
    rmSync(folder, { recursive: true, force: true })
    renameSync(unfinished, folder)
  } finally {
    discard()
    process.off('exit', discard)
  }
}

async function inThread(share: Share): Promise<SignedShare> {
  const worker = new Worker(new URL('./signer.ts', import.meta.url), { workerData: share })
  const [signed] = (await once(worker, 'message')) as [SignedShare]
  return signed
}

/** Writes the messages of all shares in the order of the script; answers the index. */
function merge(
  { people, events }: Script,
  shares: readonly Share[],
  signed: readonly SignedShare[],
  folder: string,
): Float64Array<ArrayBuffer> {
  const places: { file: number; start: number; length: number; timeAt: number }[] = []
  const files = shares.map(({ file }) => openSync(file, 'r'))
  for (const [nth, { numbers, lengths, timesAt }] of signed.entries()) {
    let start = 0
    for (const [at, number] of numbers.entries()) {
      places[number] = { file: files[nth]!, start, length: lengths[at]!, timeAt: timesAt[at]! }
      start += lengths[at]!
    }
  }
  const out = openSync(join(folder, 'messages'), 'wx')
  const buffer = Buffer.allocUnsafe(MESSAGE_BYTES_MAX)
  const personOf = new Map(people.map(({ did }, number) => [did, number]))
  const index = new Float64Array(events.length * COLUMNS)
  let [end, standing] = [0, 0]
  for (const [number, event] of events.entries()) {
    const { file, start, length, timeAt } = places[number]!
    assert(length <= buffer.length, 'a message fits the buffer that it is copied to')
    assert(readSync(file, buffer, 0, length, start) === length, 'a share is whole')
    for (let done = 0; done < length;) done += writeSync(out, buffer, done, length - done)
    end += length
    standing += changeOf(event)
    // In the order of the columns.
    index.set([end, timeAt, standing, personOf.get(event.did)!], number * COLUMNS)
  }
  for (const file of [...files, out]) closeSync(file)
  return index
}

/** How many more check-ins stand after an event than before. */
function changeOf(event: ScriptEvent): number {
  const own = event.kind === 'commit' ? event.writes.filter(({ collection }) => collection === CHECKIN) : []
  return own.reduce((sum, { action }) => sum + { create: 1, update: 0, delete: -1 }[action], 0)
}

function readAbout(folder: string): About {
  return JSON.parse(readFileSync(join(folder, 'about.json'), 'utf8')) as About
}

/** Whatever changes in this package may change what it makes. */
function hashOfCode(): string {
  const sources = new URL('..', import.meta.url)
  const files = globSync('**/*.ts', { cwd: sources.pathname }).toSorted()
  const code = files.filter((file) => !file.endsWith('.test.ts')).map((file) => readFileSync(new URL(file, sources)))
  return hash('sha256', Buffer.concat(code), 'hex')
}
