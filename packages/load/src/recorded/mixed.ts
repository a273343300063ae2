import { decode, decodeFirst } from '@atcute/cbor'
import { hash } from 'node:crypto'
import type { Recording } from './recording.ts'
import {
  FIRST_SEQ,
  offsetOfSeq,
  offsetOfTime,
  webSocketFrame,
  writeSeq,
  writeTime,
  type ReadyStream,
} from './stream.ts'

/** Of so many people are the messages of others; how often each of them writes is as uneven as on the network. */
const PEOPLE = 500_000
/** One of so many messages is the recording's. */
const OWN_EVERY = 100
const DID_LETTERS = 24
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'

interface Template {
  readonly frame: Buffer
  readonly seqAt: number
  readonly timeAt: number
  /** Where the letters of the DID are that the message is about; undefined where it is no did:plc. */
  readonly didAt: number | undefined
}

/**
 * A recording among the messages of a whole network: first its opening, then one of its messages after so many of
 * others. Those are the same few again and again, each time with another number and about another person; nothing else
 * in them is true, and whoever does not look at their blocks cannot tell.
 */
export function mixedStream(recording: Recording, others: readonly Uint8Array[]): ReadyStream {
  const templates = others.map(templateOf)
  const { opening } = recording
  const own = recording.length - opening
  const length = opening + own * OWN_EVERY
  const people = lettersOfPeople()

  function copyOther(at: number, into: Buffer, time: string): number {
    const dice = mix(at)
    const { frame, seqAt, timeAt, didAt } = templates[dice % templates.length]!
    if (frame.length > into.length) return 0
    frame.copy(into)
    writeSeq(into, seqAt, FIRST_SEQ + at)
    writeTime(into, timeAt, time)
    if (didAt !== undefined) {
      const person = Math.floor(PEOPLE * (mix(dice) / 2 ** 32) ** 3)
      people.copy(into, didAt, person * DID_LETTERS, (person + 1) * DID_LETTERS)
    }
    return frame.length
  }

  function copyOwn(at: number, into: Buffer, time: string): number {
    const number = at < opening ? at : opening + Math.floor((at - opening) / OWN_EVERY)
    const { bytes } = recording.copy(number, into, { countMax: 1, time })
    if (bytes > 0) writeSeq(into, offsetOfSeq(into.subarray(0, bytes), FIRST_SEQ + number), FIRST_SEQ + at)
    return bytes
  }

  return {
    firstSeq: FIRST_SEQ,
    length,
    recordedAmong: (count) => (count < opening ? count : opening + Math.floor((count - opening) / OWN_EVERY)),
    copy(from, into, { countMax, time }) {
      let bytes = 0
      let count = 0
      for (; count < countMax && from + count < length; count++) {
        const at = from + count
        const isOwn = at < opening || (at - opening) % OWN_EVERY === OWN_EVERY - 1
        const size = (isOwn ? copyOwn : copyOther)(at, into.subarray(bytes), time)
        if (size === 0) break
        bytes += size
      }
      return { count, bytes }
    },
  }
}

/** Where a message of the recording stands in the mixed stream. */
export function mixedPlace(opening: number): (number: number) => number {
  return (number) => (number < opening ? number : opening + (number - opening) * OWN_EVERY + OWN_EVERY - 1)
}

function templateOf(message: Uint8Array): Template {
  const header = decodeFirst(message)
  const body = decode(header[1]) as {
    readonly seq: number
    readonly time: string
    readonly repo?: string
    readonly did?: string
  }
  const frame = webSocketFrame(message)
  const name = body.repo === undefined ? 'did' : 'repo'
  // In CBOR a text of 32 letters, as every did:plc is, begins with 0x78 0x20: "x ".
  const field = Buffer.from(`${name}x ${body[name]}`)
  const at = body[name]?.startsWith('did:plc:') === true ? frame.indexOf(field) : -1
  return {
    frame,
    seqAt: offsetOfSeq(frame, body.seq),
    timeAt: offsetOfTime(frame, body.time),
    didAt: at < 0 ? undefined : at + field.length - DID_LETTERS,
  }
}

function lettersOfPeople(): Buffer {
  const letters = Buffer.allocUnsafe(PEOPLE * DID_LETTERS)
  for (let person = 0; person < PEOPLE; person++) {
    const digest = hash('sha256', `elsewhere ${person}`, 'buffer')
    for (let at = 0; at < DID_LETTERS; at++) letters[person * DID_LETTERS + at] = LETTERS.charCodeAt(digest[at]! % 32)
  }
  return letters
}

/** A number that looks drawn by dice, and is the same each time (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let hashed = value
  hashed = Math.imul(hashed ^ (hashed >>> 16), 0x85ebca6b)
  hashed = Math.imul(hashed ^ (hashed >>> 13), 0xc2b2ae35)
  return (hashed ^ (hashed >>> 16)) >>> 0
}
