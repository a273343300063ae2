import { assert } from '@waypost/kernel'
import type { Disk } from '../../src/node/program.ts'

export interface Entry {
  readonly term: number
  /** Nothing is what a new leader writes to have an entry of its own term. */
  readonly command: unknown
}

/** A node's term, vote and log, which outlive it. Entries are numbered from 1. What resolves is on the disk. */
export interface DurableLog {
  readonly term: number
  readonly votedFor: string | null
  readonly lastIndex: number
  /** The term of an entry; 0 before the first. */
  termAt(index: number): number
  at(index: number): Entry
  slice(from: number, count: number): readonly Entry[]
  setTerm(term: number, votedFor: string | null): Promise<void>
  append(entries: readonly Entry[]): Promise<void>
  /** Puts entries after `index`, in place of all that follow it. */
  replaceAfter(index: number, entries: readonly Entry[]): Promise<void>
}

export function openDurableLog(disk: Disk): DurableLog {
  const [term, votedFor] = (disk.get('term') as readonly [number, string | null] | undefined) ?? [0, null]
  const length = (disk.get('length') as number | undefined) ?? 0
  const entries = Array.from({ length }, (_, at) => disk.get(`entry ${at + 1}`) as Entry)
  let current: { readonly term: number; readonly votedFor: string | null } = { term, votedFor }

  let lastWrite: Promise<void> = Promise.resolve()

  /** One after the other, so that the length on the disk never counts an entry that is not there. */
  function inOrder(write: () => Promise<void>): Promise<void> {
    lastWrite = lastWrite.then(write)
    return lastWrite
  }

  function append(more: readonly Entry[]): Promise<void> {
    const from = entries.length + 1
    entries.push(...more)
    const newLength = entries.length
    return inOrder(async () => {
      await Promise.all(more.map((entry, at) => disk.put(`entry ${from + at}`, entry)))
      await disk.put('length', newLength)
    })
  }

  return {
    get term() {
      return current.term
    },
    get votedFor() {
      return current.votedFor
    },
    get lastIndex() {
      return entries.length
    },
    termAt: (index) => (index === 0 ? 0 : entries[index - 1]!.term),
    at: (index) => entries[index - 1]!,
    slice: (from, count) => entries.slice(from - 1, from - 1 + count),
    async setTerm(nextTerm, nextVote) {
      assert(nextTerm >= current.term, 'terms only rise')
      current = { term: nextTerm, votedFor: nextVote }
      await disk.put('term', [nextTerm, nextVote])
    },
    append,
    async replaceAfter(index, more) {
      if (index < entries.length) {
        entries.length = index
        // Shortened first: a crash between the writes must not leave new entries before old ones.
        void inOrder(() => disk.put('length', index))
      }
      await append(more)
    },
  }
}
