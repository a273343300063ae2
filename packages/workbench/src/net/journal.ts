import type { Message } from '../node/program.ts'

/** Messages kept for the diagram; of a longer run the oldest are forgotten. Counts are of all. */
const KEPT_MESSAGES_MAX = 100_000

/** Why a message never arrived. */
export const LOSSES = ['cut', 'lost', 'down', 'nobody'] as const
export type Loss = (typeof LOSSES)[number]

/** One message from its sending to its end. Times in milliseconds of the run. */
export interface Passage {
  readonly id: number
  readonly message: Message
  readonly sentMs: number
  receivedMs?: number
  loss?: Loss
}

export interface MessageCounts {
  readonly sent: number
  readonly received: number
}

export interface Journal {
  readonly passages: readonly Passage[]
  readonly all: MessageCounts
  /** Messages of which one end is a client. */
  readonly clients: MessageCounts
  /** All others: between nodes, and between nodes and services. */
  readonly servers: MessageCounts
  readonly losses: Readonly<Record<Loss, number>>
  readonly duplicated: number
  /** By message type, between nodes and services: how many were sent. */
  readonly types: ReadonlyMap<string, number>
}

export interface JournalWriter extends Journal {
  sent(message: Message, id: number, atMs: number): Passage
  received(passage: Passage, atMs: number): void
  lost(passage: Passage, loss: Loss): void
  duplicatedOne(): void
  /** What comes later is not written down: the run's own probes. */
  close(): void
}

export function isClient(id: string): boolean {
  return id.startsWith('c')
}

export function createJournal(): JournalWriter {
  const passages: Passage[] = []
  const all = { sent: 0, received: 0 }
  const clients = { sent: 0, received: 0 }
  const servers = { sent: 0, received: 0 }
  const losses = Object.fromEntries(LOSSES.map((loss) => [loss, 0])) as Record<Loss, number>
  const types = new Map<string, number>()
  let duplicated = 0
  let isOpen = true

  const partyOf = ({ src, dest }: Message): typeof all => (isClient(src) || isClient(dest) ? clients : servers)

  return {
    passages,
    all,
    clients,
    servers,
    losses,
    types,
    get duplicated() {
      return duplicated
    },
    sent(message, id, sentMs) {
      const passage: Passage = { id, message, sentMs }
      if (!isOpen) return passage
      all.sent++
      partyOf(message).sent++
      if (partyOf(message) === servers) types.set(message.body.type, (types.get(message.body.type) ?? 0) + 1)
      passages.push(passage)
      // In steps, since taking from the front of an array costs as much as the array is long.
      if (passages.length >= 2 * KEPT_MESSAGES_MAX) passages.splice(0, KEPT_MESSAGES_MAX)
      return passage
    },
    received(passage, receivedMs) {
      if (!isOpen) return
      all.received++
      partyOf(passage.message).received++
      passage.receivedMs = receivedMs
    },
    lost(passage, loss) {
      if (!isOpen) return
      losses[loss]++
      passage.loss = loss
    },
    duplicatedOne: () => void (isOpen && duplicated++),
    close: () => void (isOpen = false),
  }
}
