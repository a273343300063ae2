import { ok, refuse, type Result } from '@waypost/kernel'
import type { NodeId } from '../machine.ts'
import { readMembershipMessage, type MembershipFault, type MembershipMessage } from '../membership/message.ts'
import { readSpreadMessage, type SpreadFault, type SpreadMessage } from '../spread/message.ts'

/** The first frame of both sides. */
export interface Hello {
  readonly kind: 'hello'
  /** Both must speak the same. */
  readonly version: number
  /** Both must be of the same. */
  readonly cluster: string
  readonly id: NodeId
  /** Another one each time that a node starts. */
  readonly life: string
  /** Where the sender can be reached; 0: nowhere. */
  readonly port: number
  /** The maps that the sender holds: it is told of no others. */
  readonly maps: readonly string[]
}

/** What goes over a link. */
export type Frame =
  | Hello
  /** Where others are, as HOST:PORT. */
  | { readonly kind: 'peers'; readonly addresses: readonly string[] }
  /** Nothing to say, and still there. */
  | { readonly kind: 'beat' }
  | { readonly kind: 'membership'; readonly message: MembershipMessage }
  | { readonly kind: 'spread'; readonly map: string; readonly message: SpreadMessage }

export type FrameFault = 'not-a-frame' | 'bad-hello' | 'bad-peers' | MembershipFault | SpreadFault

export const PEERS_PER_FRAME_MAX = 64
const MAPS_MAX = 16
const ADDRESS = /^[\w.:[\]-]{1,260}:\d{1,5}$/

/** Reads what came over a link, as JSON has it. */
export function readFrame(raw: unknown): Result<Frame, FrameFault> {
  if (typeof raw !== 'object' || raw === null) return refuse('not-a-frame')
  const { kind, message, map, addresses } = raw as Record<string, unknown>
  switch (kind) {
    case 'hello':
      return isHello(raw as Record<string, unknown>) ? ok(raw as Hello) : refuse('bad-hello')
    case 'peers':
      return Array.isArray(addresses) && addresses.length <= PEERS_PER_FRAME_MAX && addresses.every(isAddress)
        ? ok({ kind, addresses })
        : refuse('bad-peers')
    case 'beat':
      return ok({ kind })
    case 'membership': {
      const read = readMembershipMessage(message)
      return read.ok ? ok({ kind, message: read.value }) : read
    }
    case 'spread': {
      const read = readSpreadMessage(message)
      if (!read.ok) return read
      return typeof map === 'string' ? ok({ kind, map, message: read.value }) : refuse('not-a-frame')
    }
    default:
      return refuse('not-a-frame')
  }
}

function isHello({ version, cluster, id, life, port, maps }: Record<string, unknown>): boolean {
  const isName = (text: unknown): boolean => typeof text === 'string' && text.length > 0 && text.length <= 256
  const areMaps = Array.isArray(maps) && maps.length <= MAPS_MAX && maps.every(isName)
  return [version, port].every(Number.isSafeInteger) && [cluster, id, life].every(isName) && areMaps
}

function isAddress(text: unknown): boolean {
  return typeof text === 'string' && ADDRESS.test(text)
}
