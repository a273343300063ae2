import { isUtf8 } from 'node:buffer'
import { ok, refuse, type Result } from '@waypost/kernel'

/** Why bytes are not DAG-CBOR as the AT Protocol's data model has it (atproto.com/specs/data-model). */
export type CborFault =
  | 'truncated'
  | 'too-deep'
  | 'container-too-large'
  | 'key-too-long'
  | 'key-not-text'
  | 'key-forbidden'
  | 'key-order'
  | 'float'
  | 'integer-too-large'
  | 'argument-not-minimal'
  | 'indefinite-length'
  | 'utf8'
  | 'tag'
  | 'link'
  | 'simple-value'
  | 'trailing-bytes'

/** Nested deeper, a value is refused: no decoder after us can be made to run out of stack. */
export const CBOR_DEPTH_MAX = 32
/** Entries of one array or map; more are refused. */
export const CBOR_CONTAINER_MAX = 131_072
/** A longer map key is refused. */
export const CBOR_KEY_BYTES_MAX = 8_192

/** A smaller argument has a shorter form than that of one, two, four or eight bytes. */
const ARGUMENT_LEAST = [24, 0x100, 0x1_0000, 0x1_0000_0000]

/** 0x00, then a CID of version 1 with a SHA-256 digest: the only links that there are. */
const LINK_BYTES = 37

// Scratch for the walk, owned by `walk`, which never calls itself and never waits. One slot per level.
const left = new Int32Array(CBOR_DEPTH_MAX + 1)
const isMap = new Uint8Array(CBOR_DEPTH_MAX + 1)
const keyStart = new Int32Array(CBOR_DEPTH_MAX + 1)
const keyLength = new Int32Array(CBOR_DEPTH_MAX + 1)

/** The offset past the one value that begins at `start`, or why it is not a value of the data model. */
export function prescanFirst(bytes: Uint8Array, start = 0): Result<number, CborFault> {
  const end = walk(bytes, start)
  return typeof end === 'number' ? ok(end) : refuse(end)
}

/** As `prescanFirst`, where the value must fill all that is left of the bytes. */
export function prescan(bytes: Uint8Array, start = 0): Result<number, CborFault> {
  const end = walk(bytes, start)
  if (typeof end !== 'number') return refuse(end)
  return end === bytes.length ? ok(end) : refuse('trailing-bytes')
}

/**
 * One pass over the bytes without building anything: linear in their length, whatever they claim about themselves.
 * Longer than most functions: it is one decision table over CBOR's major types (RFC 8949 §3), and calls would cost
 * the hot path a third of its speed.
 */
function walk(bytes: Uint8Array, start: number): number | CborFault {
  const size = bytes.length
  let at = start
  let depth = 0
  left[0] = 1
  isMap[0] = 0
  for (;;) {
    if (at >= size) return 'truncated'
    const expectsKey = isMap[depth] === 1 && (left[depth]! & 1) === 0
    const first = bytes[at++]!
    const major = first >> 5
    let argument = first & 0x1f
    if (major !== 7 && argument >= 24) {
      if (argument > 27) return argument === 31 ? 'indefinite-length' : 'simple-value'
      const least = ARGUMENT_LEAST[argument - 24]!
      const end = at + (1 << (argument - 24))
      if (end > size) return 'truncated'
      argument = 0
      while (at < end) argument = argument * 256 + bytes[at++]!
      if (argument < least) return 'argument-not-minimal'
      if (argument > Number.MAX_SAFE_INTEGER) return 'integer-too-large'
    }
    if (expectsKey && major !== 3) return 'key-not-text'

    let opened = false
    switch (major) {
      case 0:
        break
      case 1:
        if (argument >= Number.MAX_SAFE_INTEGER) return 'integer-too-large'
        break
      case 2:
        if (argument > size - at) return 'truncated'
        at += argument
        break
      case 3: {
        if (expectsKey && argument > CBOR_KEY_BYTES_MAX) return 'key-too-long'
        if (argument > size - at) return 'truncated'
        const end = at + argument
        if (!isText(bytes, at, end)) return 'utf8'
        if (expectsKey) {
          if (isForbidden(bytes, at, argument)) return 'key-forbidden'
          if (keyLength[depth]! >= 0 && !rises(bytes, keyStart[depth]!, keyLength[depth]!, at, argument)) {
            return 'key-order'
          }
          keyStart[depth] = at
          keyLength[depth] = argument
        }
        at = end
        break
      }
      case 4:
      case 5: {
        if (argument > CBOR_CONTAINER_MAX) return 'container-too-large'
        const items = major === 5 ? argument * 2 : argument
        if (items > size - at) return 'truncated'
        if (depth + 1 > CBOR_DEPTH_MAX) return 'too-deep'
        if (items === 0) break
        depth++
        left[depth] = items
        isMap[depth] = major === 5 ? 1 : 0
        keyLength[depth] = -1
        opened = true
        break
      }
      case 6: {
        if (argument !== 42) return 'tag'
        if (at + 2 + LINK_BYTES > size) return 'truncated'
        // A byte string (0x58: one byte of length) of a zero, then CID version 1, DAG-CBOR or raw, SHA-256, 32 bytes.
        if (bytes[at] !== 0x58 || bytes[at + 1] !== LINK_BYTES || bytes[at + 2] !== 0 || bytes[at + 3] !== 1) {
          return 'link'
        }
        if (bytes[at + 4] !== 0x71 && bytes[at + 4] !== 0x55) return 'link'
        if (bytes[at + 5] !== 0x12 || bytes[at + 6] !== 0x20) return 'link'
        at += 2 + LINK_BYTES
        break
      }
      default:
        if (argument >= 25 && argument <= 27) return 'float'
        if (argument === 31) return 'indefinite-length'
        if (argument < 20 || argument > 22) return 'simple-value'
    }
    if (opened) continue
    while (--left[depth]! === 0) {
      if (depth === 0) return at
      depth--
    }
  }
}

/** ASCII is told apart in one loop; the rest goes to the platform's own check. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at]! > 127) return isUtf8(bytes.subarray(at, end))
  }
  return true
}

/**
 * Keys that would reach an object's prototype in a decoder less careful than ours, and those that make a map look like a
 * link or like bytes, which are neither here nor in anybody's JSON of it.
 */
const FORBIDDEN = Map.groupBy(
  ['$link', '$bytes', '__proto__', 'prototype', 'constructor'].map((name) => Buffer.from(name)),
  (name) => name.length,
)

function isForbidden(bytes: Uint8Array, start: number, length: number): boolean {
  return FORBIDDEN.get(length)?.some((name) => isSame(bytes, start, name)) === true
}

/** Whether the bytes from an offset on are these. */
export function isSame(bytes: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false
  return true
}

/** Canonical order: shorter keys first, then by bytes. Equal keys do not rise either, so none comes twice. */
function rises(bytes: Uint8Array, before: number, beforeLength: number, at: number, length: number): boolean {
  if (length !== beforeLength) return length > beforeLength
  for (let i = 0; i < length; i++) {
    const difference = bytes[at + i]! - bytes[before + i]!
    if (difference !== 0) return difference > 0
  }
  return false
}
