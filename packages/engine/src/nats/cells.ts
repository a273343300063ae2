import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream'
import { headers, type MsgHdrs } from '@nats-io/transport-node'
import type { Connection } from './connection.ts'
import { someAtOnce } from './parts.ts'

const GONE = 'Waypost-Gone'
/** A cell that was taken out is remembered so long. By then nothing older is left on any disk. */
const GONE_FOR_S = 86_400
const NOTHING = new Uint8Array()

export interface Cell {
  readonly subject: string
  readonly data: Uint8Array
  readonly headers: MsgHdrs
  /** Rises with every write to any cell, and is never used again. */
  readonly revision: number
  /** It was taken out. */
  readonly isGone: boolean
}

/** Small things that change, one under each subject. Every question is answered by the stream's leader. */
export interface Cells {
  get(subject: string): Promise<Cell | undefined>
  set(subject: string, data: Uint8Array, options?: CellOptions): Promise<number | 'conflict'>
  /** Takes the cell out, where it still stands at that revision. */
  remove(subject: string, revision: number): Promise<void>
  /** The cells under the subjects that a filter is for, and which `maybe` admits, in no order. */
  list(filter: string, maybe?: (subject: string) => boolean): Promise<readonly Cell[]>
}

interface CellOptions {
  readonly headers?: MsgHdrs
  /** Written only where the cell stands at this revision; 0: where there is none. */
  readonly expected?: number
  readonly secondsToLive?: number
}

/**
 * Taking out is writing too: the servers sync what is written, but what a newer message has replaced may be there again
 * after a `kill -9` if that one is purged.
 */
export function createCells(
  { manager, publish, ask }: Connection,
  {
    stream,
    overwritesRemoved = false,
  }: {
    readonly stream: string
    /** What is taken out is overwritten on the disks; otherwise it stays in them until the servers need the room. */
    readonly overwritesRemoved?: boolean
  },
): Cells {
  async function get(subject: string): Promise<Cell | undefined> {
    const found = await ask(() => manager.streams.getMessage(stream, { last_by_subj: subject }))
    if (!found) return undefined
    const { data, header, seq } = found
    return { subject, data: new Uint8Array(data), headers: header, revision: seq, isGone: header.has(GONE) }
  }

  async function overwrite(revision: number): Promise<void> {
    try {
      await manager.streams.deleteMessage(stream, revision, true)
    } catch (fault) {
      // Done before, and the answer was lost; or there is a newer one.
      if (!(fault instanceof JetStreamApiError) || fault.code !== JetStreamApiCodes.NoMessageFound) throw fault
    }
  }

  return {
    get,
    set: (subject, data, options = {}) => publish({ subject, data, ...options }),
    async remove(subject, revision) {
      if (overwritesRemoved) await ask(() => overwrite(revision))
      const gone = headers()
      gone.set(GONE, '1')
      const expected = overwritesRemoved ? 0 : revision
      await publish({ subject, data: NOTHING, headers: gone, expected, secondsToLive: GONE_FOR_S })
    },
    async list(filter, maybe = () => true) {
      const info = await ask(() => manager.streams.info(stream, { subjects_filter: filter }))
      const cells = await someAtOnce(Object.keys(info.state.subjects ?? {}).filter(maybe), get)
      return cells.filter((cell): cell is Cell => cell !== undefined && !cell.isGone)
    },
  }
}
