import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** So that a node can one day hold a part of the log. Never changed: a key would then have two places. */
const PARTITIONS = 64

/** A subject must fit the line of a command, of 4,096 bytes; past this a token is a hash of its text. */
const TOKEN_LENGTH_MAX = 1_600
const HASH_MARK = '~'

/** The streams and subjects of one Waypost among others on the same servers; a space is 1 to 32 of `[a-z0-9-]`. */
export function subjectsOf(space: string) {
  return {
    log: logSubjectsOf(space, { name: 'log', head: 'head', cursors: 'cursor' }),
    privateLog: logSubjectsOf(space, { name: 'private', head: 'private-head', cursors: 'private-cursor' }),
    /** One message for each subject: held values, the list of blobs, cursors whose entries are gone. */
    state: heldSubjectsOf(space, 'state'),
    ledger: heldSubjectsOf(space, 'ledger'),
    /** What is too large for one message. */
    partsStream: streamOf(space, 'parts'),
    everyPart: `${space}.part.>`,
    partsOfBlob: (upload: string) => `${space}.part.blob.${upload}`,
    everyBlob: `${space}.state.blob.>`,
    blob: (name: string) => `${space}.state.blob.${tokenOf(name)}`,
  }
}

export type Subjects = ReturnType<typeof subjectsOf>

/** A log's entries, in order, and what stands beside them. */
function logSubjectsOf(space: string, { name, head, cursors }: { name: string; head: string; cursors: string }) {
  return {
    stream: streamOf(space, name),
    every: `${space}.${name}.>`,
    entriesOf: (key: string) => `${space}.${name}.${partitionOf(key)}.${tokenOf(key)}`,
    partsOf: (key: string) => `${space}.part.${name}.${partitionOf(key)}.${tokenOf(key)}`,
    everyCursor: `${space}.state.${cursors}.>`,
    cursor: (host: string) => `${space}.state.${cursors}.${tokenOf(host)}`,
    /** Where writers say how far the log has come. */
    head: `${space}.${head}`,
  }
}

export type LogSubjects = ReturnType<typeof logSubjectsOf>

function heldSubjectsOf(space: string, name: string) {
  return {
    stream: streamOf(space, name),
    every: `${space}.${name}.>`,
    everyHeld: `${space}.${name}.held.>`,
    held: (key: string) => `${space}.${name}.held.${tokenOf(key)}`,
  }
}

export type HeldSubjects = ReturnType<typeof heldSubjectsOf>

function streamOf(space: string, what: string): string {
  return `${space.replaceAll('-', '_')}_${what}`
}

function partitionOf(key: string): number {
  return crc32(key) % PARTITIONS
}

/** Any text as one token of a subject: what is not a letter, a digit, ':', '_' or '-' is written as '=' and two hex digits. */
function tokenOf(text: string): string {
  const token = text.replaceAll(/[^A-Za-z0-9:_-]/gu, (letter) =>
    [...Buffer.from(letter)].map((byte) => `=${byte.toString(16).padStart(2, '0')}`).join(''),
  )
  return token.length <= TOKEN_LENGTH_MAX ? token : HASH_MARK + createHash('sha256').update(text).digest('hex')
}

/** The text that the last token of a subject stands for; undefined where the token is a hash. */
export function textOf(subject: string): string | undefined {
  const token = subject.slice(subject.lastIndexOf('.') + 1)
  return token.startsWith(HASH_MARK) ? undefined : decodeURIComponent(token.replaceAll('=', '%'))
}
