import { ok, refuse, type Result } from '@waypost/kernel'
import type { Message } from '../node/program.ts'

const KEYS = new Set(['id', 'src', 'dest', 'body'])
const SHOWN_LETTERS_MAX = 300

/** Reads one line of a node's standard output; what is wrong with it in words, if it is no message of that node. */
export function parseMessage(line: string, nodeId: string): Result<Message, string> {
  const because = (why: string): Result<Message, string> => refuse(`${why}: ${line.slice(0, SHOWN_LETTERS_MAX)}`)
  let message: unknown
  try {
    message = JSON.parse(line)
  } catch {
    return because('a line that is not JSON')
  }
  if (!isObject(message)) return because('a line that is no object')
  const extra = Object.keys(message).filter((key) => !KEYS.has(key))
  if (extra.length > 0) return because(`a message with the unknown key ${extra.join(', ')}`)
  const { src, dest, body } = message
  if (src !== nodeId) return because(`a message whose src is not ${nodeId}`)
  if (typeof dest !== 'string') return because('a message without dest')
  if (!isObject(body) || typeof body['type'] !== 'string') return because('a message whose body has no type')
  for (const key of ['msg_id', 'in_reply_to']) {
    if (body[key] !== undefined && !Number.isInteger(body[key])) return because(`a body whose ${key} is no integer`)
  }
  return ok({ src, dest, body: { ...body, type: body['type'] } })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
