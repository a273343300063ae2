/**
 * The one shape of everything in this package. A machine is a state and a step: something comes in at a moment, and out
 * come messages to send, what the owner should know, and when to call again. A step waits for nothing and asks nobody:
 * time and dice are in the moment, messages in the input. The state is mutated in place by its step and by nobody else
 * (thousands of steps a second share it); whoever holds it only hands it on.
 */
export type Step<State, Command, Message, Event> = (
  state: State,
  input: Input<Command, Message>,
  moment: Moment,
) => Output<Message, Event>

export type NodeId = string

export type Input<Command, Message> =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'message'; readonly from: NodeId; readonly message: Message }
  | { readonly kind: 'tick' }

export interface Moment {
  /** Milliseconds from an arbitrary start, never stepping back. */
  readonly nowMs: number
  /** In [0, 1). */
  fraction(): number
}

export interface Send<Message> {
  readonly to: NodeId
  readonly message: Message
}

export interface Output<Message, Event> {
  readonly sends: readonly Send<Message>[]
  readonly events: readonly Event[]
  /** A tick is due then, or at the next input if that is earlier; `Infinity` while nothing waits. */
  readonly wakeAtMs: number
}

/** The order of nodes that all of them agree on without a word. */
export function byId(a: NodeId, b: NodeId): number {
  return a < b ? -1 : a > b ? 1 : 0
}
