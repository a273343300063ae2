import type { Result, World } from '@waypost/kernel'

/** What a message carries: Maelstrom's reserved keys, and whatever the type calls for. */
export interface Body {
  readonly type: string
  readonly msg_id?: number
  readonly in_reply_to?: number
  readonly [key: string]: unknown
}

export interface Message {
  readonly src: string
  readonly dest: string
  readonly body: Body
}

/** Why a call has no answer: what the other side said (Maelstrom's error codes), or nothing within the time limit (code 0). */
export interface CallFault {
  readonly code: number
  readonly text: string
}

/** What a node keeps through a crash. A resolved `put` is durable. */
export interface Disk {
  get(key: string): unknown
  put(key: string, value: unknown): Promise<void>
}

/**
 * All that a node can do to the world. A program gets nothing else, so that the same one runs as a process under
 * Maelstrom or the workbench, and inside a simulation in virtual time.
 */
export interface NodeContext {
  readonly world: World
  readonly nodeId: string
  readonly nodeIds: readonly string[]
  /** Words after `--` on the command line. */
  readonly args: readonly string[]
  readonly disk: Disk
  /** Sends and expects no answer. */
  send(dest: string, body: Body): void
  /** Sends with a `msg_id` of its own and waits for the answer to it, `timeoutMs` at most. */
  call(dest: string, body: Body, timeoutMs: number): Promise<Result<Body, CallFault>>
  /** For people; never on standard output. */
  log(line: string): void
  /** Ends the node, which can't go on: what a handler that throws does too. For faults beside a handler's own promise. */
  fail(fault: unknown): void
}

/** By message type. What is returned is the answer (without `in_reply_to`, which is added); nothing returned is no answer. */
export type Handlers = Readonly<
  Record<string, (message: Message) => Body | undefined | void | Promise<Body | undefined | void>>
>

/** Called once the node knows its name and its peers (`init`). */
export type Program = (context: NodeContext) => Handlers
