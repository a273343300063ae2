import { ok, refuse, type Result, type World } from '@waypost/kernel'
import type { Body, CallFault, Disk, Handlers, Message, Program } from './program.ts'

/** Maelstrom's error codes, as far as a node gives them by itself. */
const TIMEOUT = 0
const NOT_SUPPORTED = 10

/** Messages that came before `init`, of peers that were told their names earlier. Past this they are lost, as on a network. */
const EARLY_MESSAGES_MAX = 10_000

/** What lies around a node: a process with its pipes, or a simulation. */
export interface Surroundings {
  readonly world: World
  readonly args: readonly string[]
  readonly disk: Disk
  send(message: Message): void
  log(line: string): void
  /** The node can't go on. */
  fail(fault: unknown): void
}

export interface RunningNode {
  receive(message: Message): void
}

/**
 * Gives a program its name when `init` comes, hands it messages, brings answers to the calls that wait for them, and
 * answers what no handler knows with error 10. A handler that throws is the program's own fault: the node fails.
 */
export function startNode(program: Program, around: Surroundings): RunningNode {
  const { world, args, disk, log } = around
  const waiting = new Map<number, (answer: Result<Body, CallFault>) => void>()
  const early: Message[] = []
  let handlers: Handlers | undefined
  let nodeId = ''
  let lastMsgId = 0

  function send(dest: string, body: Body): void {
    around.send({ src: nodeId, dest, body })
  }

  function call(dest: string, body: Body, timeoutMs: number): Promise<Result<Body, CallFault>> {
    const msgId = ++lastMsgId
    return new Promise((resolve) => {
      const answered = new AbortController()
      waiting.set(msgId, (answer) => {
        waiting.delete(msgId)
        answered.abort('answered')
        resolve(answer)
      })
      send(dest, { ...body, msg_id: msgId })
      void world.timers.sleep(timeoutMs, answered.signal).then(() => {
        waiting.get(msgId)?.(refuse({ code: TIMEOUT, text: `no answer from ${dest} within ${timeoutMs} ms` }))
      })
    })
  }

  function answer({ src, body: { msg_id } }: Message, body: Body | undefined | void): void {
    if (body && msg_id !== undefined) send(src, { ...body, in_reply_to: msg_id })
  }

  function begin(init: Message): void {
    const { node_id, node_ids } = init.body as Body & { node_id: string; node_ids: readonly string[] }
    nodeId = node_id
    const context = { world, nodeId, nodeIds: node_ids, args, disk, send, call, log, fail: around.fail }
    handlers = program(context)
    answer(init, { type: 'init_ok' })
    for (const message of early.splice(0)) handle(message, handlers)
  }

  function handle(message: Message, known: Handlers): void {
    const { type, in_reply_to } = message.body
    const waiter = in_reply_to === undefined ? undefined : waiting.get(in_reply_to)
    if (waiter) return waiter(answerOf(message.body))
    // The answer to a call that gave up, or to a message that was only sent.
    if (in_reply_to !== undefined && !Object.hasOwn(known, type)) return
    const handler = Object.hasOwn(known, type) ? known[type] : undefined
    if (!handler) return answer(message, { type: 'error', code: NOT_SUPPORTED, text: `no handler for ${type}` })
    const returned = handler(message)
    if (!(returned instanceof Promise)) return answer(message, returned)
    void returned.then((body) => answer(message, body)).catch(around.fail)
  }

  return {
    receive(message) {
      try {
        if (handlers) handle(message, handlers)
        else if (message.body.type === 'init') begin(message)
        else if (early.length < EARLY_MESSAGES_MAX) early.push(message)
      } catch (fault) {
        around.fail(fault)
      }
    },
  }
}

function answerOf(body: Body): Result<Body, CallFault> {
  if (body.type !== 'error') return ok(body)
  const { code, text } = body
  return refuse({ code: Number(code), text: typeof text === 'string' ? text : '' })
}
