import { hash } from 'node:crypto'
import type { KeyValue } from '@waypost/engine'
import type { Did } from '@waypost/kernel'
import type { Source } from '#verify/verify.ts'
import type { Patience } from '#log/patience.ts'

/**
 * Who is due for a look at their PDS. A mark is durable before the frame that asked for it counts as settled, and goes
 * only after what came of it is in the log: a kill in between means that the look is taken again.
 */
export interface DueList {
  put(mark: DueMark): Promise<void>
  remove(mark: DueMark): Promise<void>
  all(): Promise<readonly DueMark[]>
}

export interface DueMark {
  readonly what: 'repo' | 'identity'
  readonly did: Did
  readonly source: Source
  /** The host says that the account was deleted; the PDS and the directory have to say the same. */
  readonly saidDeleted: boolean
  /** In milliseconds since 1970: after many tries in vain, the next one is not made before. */
  readonly notBefore?: number
}

const PREFIX = 'ingest/due/'

export function openDueList(keyValue: KeyValue, patience: Patience): DueList {
  return {
    put: async (mark) => {
      const value = new TextEncoder().encode(JSON.stringify(mark))
      await patience('note who is due', () => keyValue.put(keyOf(mark), value))
    },
    remove: (mark) => patience('forget who was due', () => keyValue.delete(keyOf(mark))),
    all: () =>
      patience('read who is due', async () => {
        const marks: DueMark[] = []
        for (const key of await keyValue.list(PREFIX)) {
          const held = await keyValue.get(key)
          if (held) marks.push(JSON.parse(new TextDecoder().decode(held.value)) as DueMark)
        }
        return marks
      }),
  }
}

/** A DID may be longer than a key. */
function keyOf({ what, did }: DueMark): string {
  return `${PREFIX}${what}/${hash('sha256', did)}`
}
