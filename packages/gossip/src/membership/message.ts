import { ok, refuse, type Result } from '@waypost/kernel'
import type { NodeId } from '../machine.ts'
import type { Health, Rumour } from './member.ts'

/** Rumours as they travel. */
type RumourRow = readonly [id: NodeId, health: Health, incarnation: number]

/** `ping` wants an `ack` with its number; `ask` wants its `target` pinged in the sender's place; `leave` wants nothing. */
export interface MembershipMessage {
  readonly kind: 'ping' | 'ack' | 'ask' | 'leave'
  readonly number: number
  readonly target?: NodeId
  /** The sender's own. */
  readonly incarnation: number
  readonly rumours: readonly RumourRow[]
}

export type MembershipFault = 'not-an-object' | 'bad-rumours' | 'bad-fields'

const KINDS: readonly unknown[] = ['ping', 'ack', 'ask', 'leave']
const HEALTHS: readonly unknown[] = ['alive', 'suspect', 'dead']

/** Reads what came over a wire. Only the shape is judged; other keys of the same object are left alone. */
export function readMembershipMessage(raw: unknown): Result<MembershipMessage, MembershipFault> {
  if (typeof raw !== 'object' || raw === null) return refuse('not-an-object')
  const { kind, number, target, incarnation, rumours } = raw as Record<string, unknown>
  if (!Array.isArray(rumours) || !rumours.every(isRow)) return refuse('bad-rumours')
  const sound =
    KINDS.includes(kind) &&
    isCount(number) &&
    isCount(incarnation) &&
    (kind === 'ask' ? typeof target === 'string' : target === undefined)
  return sound ? ok(raw as MembershipMessage) : refuse('bad-fields')
}

export function toRow({ id, health, incarnation }: Rumour): RumourRow {
  return [id, health, incarnation]
}

function isRow(row: unknown): boolean {
  return (
    Array.isArray(row) && row.length === 3 && typeof row[0] === 'string' && HEALTHS.includes(row[1]) && isCount(row[2])
  )
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
