import type { Did } from '@waypost/kernel'
import type { Written } from './handler.ts'
import { inOwnMemory } from './own-memory.ts'

/**
 * Answers of feeds as bytes, by who asked and what for. In: what a handler wrote, and how to ask it again. Out: the same
 * bytes for as long as the question has the same answer. Promise: never stale. Between two batches no answer changes;
 * the first who asks after one has the answer looked at again, and written again where it is another. What is asked only
 * once is not held: measured, holding it costs more than answering it. Past `bytesMax` those go that were asked for the
 * longest ago.
 */
export interface HeldPages {
  /**
   * From the second time on that a question was answered. `ask` is asked whenever the answer is no longer what it was;
   * undefined ends the holding.
   */
  hold(question: Question, written: Written<unknown>, ask: () => Written<unknown> | undefined): void
  /** As it is now. Undefined where it is not held. */
  get(question: Question): HeldPage | undefined
  /** To be called after each batch that was committed, and where else answers change, before anything is asked again. */
  follow(): void
  /** For measurements. */
  held(): { readonly count: number; readonly bytes: number }
}

export interface Question {
  readonly viewer: Did | undefined
  /** Path and parameters, as they were sent. */
  readonly url: string
}

export interface HeldPage {
  readonly bytes: Buffer
  /** The same, compressed: by `pack` for whoever asks first. */
  packed(encoding: Encoding, pack: (bytes: Buffer) => Promise<Buffer>): Promise<Buffer>
}

export type Encoding = 'br' | 'gzip'

/** Some 2,000 pages of 50 check-ins. */
const BYTES_MAX = 64_000_000
/** Of a page beside its bytes, roughly: what it was made of, to compare with. */
const PAGE_BYTES = 8_000
/** Who asks by more is answered and not remembered. */
const URL_CHARACTERS_MAX = 512
/** Of questions that were asked once; past it the oldest are as if they had not been asked. */
const ASKED_ONCE_MAX = 10_000

interface Entry extends HeldPage {
  readonly isStill: () => boolean
  readonly ask: () => Written<unknown> | undefined
  /** How many batches there had been when it was looked at last. */
  seenAt: number
  size: number
}

export function createHeldPages(options: { readonly bytesMax?: number } = {}): HeldPages {
  const { bytesMax = BYTES_MAX } = options
  /** In the order in which they were asked for last. */
  const entries = new Map<string, Entry>()
  const askedOnce = new Set<string>()
  let batches = 0
  let bytes = 0

  function wasAsked(key: string): boolean {
    if (askedOnce.delete(key)) return true
    askedOnce.add(key)
    if (askedOnce.size > ASKED_ONCE_MAX) askedOnce.delete(askedOnce.values().next().value!)
    return false
  }

  function forget(key: string, entry: Entry): void {
    entries.delete(key)
    bytes -= entry.size
  }

  function trim(): void {
    for (const [oldest, entry] of entries) {
      if (bytes <= bytesMax) break
      forget(oldest, entry)
    }
  }

  function put(key: string, { bytes: written, isStill }: Held, ask: Entry['ask']): Entry {
    const own = inOwnMemory(written)
    const packed = new Map<Encoding, Promise<Buffer>>()
    const entry: Entry = {
      bytes: own,
      isStill,
      ask,
      seenAt: batches,
      size: own.length + PAGE_BYTES,
      packed(encoding, pack) {
        const known = packed.get(encoding)
        if (known !== undefined) return known
        const packing = pack(own).then(inOwnMemory)
        packed.set(encoding, packing)
        packing.then(
          ({ length }) => {
            if (entries.get(key) !== entry) return
            entry.size += length
            bytes += length
            trim()
          },
          () => packed.delete(encoding),
        )
        return packing
      },
    }
    const before = entries.get(key)
    if (before !== undefined) forget(key, before)
    entries.set(key, entry)
    bytes += entry.size
    trim()
    return entry
  }

  return {
    hold(question, written, ask) {
      const key = keyOf(question)
      if (!isHeld(written) || question.url.length > URL_CHARACTERS_MAX) return
      if (entries.has(key) || wasAsked(key)) put(key, written, ask)
    },
    get(question) {
      const key = keyOf(question)
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      entries.set(key, entry)
      if (entry.seenAt === batches) return entry
      if (entry.isStill()) {
        entry.seenAt = batches
        return entry
      }
      const written = entry.ask()
      if (written !== undefined && isHeld(written)) return put(key, written, entry.ask)
      forget(key, entry)
      return undefined
    },
    follow: () => void batches++,
    held: () => ({ count: entries.size, bytes }),
  }
}

type Held = Written<unknown> & { readonly isStill: () => boolean }

function isHeld(written: Written<unknown>): written is Held {
  return written.isStill !== undefined
}

function keyOf({ viewer, url }: Question): string {
  return viewer === undefined ? url : `${viewer} ${url}`
}
