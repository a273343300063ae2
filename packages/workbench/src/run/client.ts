import { ok, refuse, type Result, type World } from '@waypost/kernel'
import type { Delivery, Network } from '../net/network.ts'
import type { Body } from '../node/program.ts'

/** Why a request has no usable answer, and whether it can have had an effect. */
export interface RequestFault {
  /** Maelstrom's error code, or a word of ours: `timeout`, `malformed-reply`. */
  readonly code: number | 'timeout' | 'malformed-reply'
  readonly text: string
  /** It did not happen and will not. */
  readonly isDefinite: boolean
}

/**
 * What an answer of a type must consist of: exactly these keys, whose values pass, and `in_reply_to`; a `msg_id` may be there.
 */
export type ReplySchema = Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>>

export interface Client {
  readonly id: string
  /** The node that it talks to. */
  readonly nodeId: string
  /** One request at a time; answers to others are passed over. */
  request(body: Body, timeoutMs: number): Promise<Result<Body, RequestFault>>
  close(): void
}

const DEFINITE_CODES = new Set([1, 10, 11, 12, 14, 20, 21, 22, 30])

export interface ClientOptions {
  readonly id: string
  readonly nodeId: string
  readonly replies: ReplySchema
}

export function openClient(world: World, network: Network, { id, nodeId, replies }: ClientOptions): Client {
  let lastMsgId = 0
  let awaited: { readonly msgId: number; readonly hear: (body: Body) => void } | undefined

  function receive({ body }: Delivery): void {
    if (awaited && body.in_reply_to === awaited.msgId) awaited.hear(body)
  }

  const attached = network.attach(id, receive)
  return {
    id,
    nodeId,
    request(body, timeoutMs) {
      const msgId = ++lastMsgId
      return new Promise((resolve) => {
        const answered = new AbortController()
        function end(result: Result<Body, RequestFault>): void {
          awaited = undefined
          answered.abort('answered')
          resolve(result)
        }
        awaited = { msgId, hear: (reply) => end(read(reply, replies)) }
        network.send({ src: id, dest: nodeId, body: { ...body, msg_id: msgId } })
        void world.timers.sleep(timeoutMs, answered.signal).then(() => {
          if (answered.signal.aborted) return
          end(refuse({ code: 'timeout', text: `no answer within ${timeoutMs} ms`, isDefinite: false }))
        })
      })
    },
    close: () => attached[Symbol.dispose](),
  }
}

function read(reply: Body, schema: ReplySchema): Result<Body, RequestFault> {
  if (reply.type === 'error') {
    const { code, text } = reply
    if (typeof code !== 'number') return malformed(reply, 'an error without a code')
    const words = typeof text === 'string' ? text : ''
    return refuse({ code, text: words, isDefinite: DEFINITE_CODES.has(code) })
  }
  const fields = Object.hasOwn(schema, reply.type) ? schema[reply.type] : undefined
  if (!fields) return malformed(reply, `nobody asked for ${reply.type}`)
  const wrong = Object.keys(fields).filter((key) => !Object.hasOwn(reply, key) || !fields[key]!(reply[key]))
  if (wrong.length > 0) return malformed(reply, `${wrong.join(', ')} missing or wrong`)
  const extra = Object.keys(reply).filter((key) => !Object.hasOwn(fields, key) && !ENVELOPE_KEYS.has(key))
  return extra.length > 0 ? malformed(reply, `unknown keys ${extra.join(', ')}`) : ok(reply)
}

const ENVELOPE_KEYS = new Set(['type', 'in_reply_to', 'msg_id'])
const SHOWN_LETTERS_MAX = 200

function malformed(reply: Body, why: string): Result<Body, RequestFault> {
  const text = `${why}: ${JSON.stringify(reply).slice(0, SHOWN_LETTERS_MAX)}`
  return refuse({ code: 'malformed-reply', text, isDefinite: false })
}
