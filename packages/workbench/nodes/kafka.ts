#!/usr/bin/env node
import type { Body, NodeContext, Program } from '../src/node/program.ts'
import { runOnStdio } from '../src/node/stdio.ts'

const SERVICE = 'lin-kv'
const CALL_TIMEOUT_MS = 1_000
const TIMEOUT = 0
const TEMPORARILY_UNAVAILABLE = 11
const KEY_DOES_NOT_EXIST = 20
const PRECONDITION_FAILED = 22
/** Entries asked for at once, when the one before them was there. */
const READ_AHEAD = 8
const ENTRIES_PER_POLL_MAX = 64
const TRIES_MAX = 64

type Offsets = Readonly<Record<string, number>>

/** An entry of a log. Who wrote it is in it, so that a writer knows its own again. */
interface Entry {
  readonly message: unknown
  readonly writer: string
}

/**
 * Logs by key, on the service `lin-kv`: an entry is written once, to the first offset that is free, and never changes; so what was
 * read once can be remembered. Committed offsets are there too, and only rise.
 */
export const program: Program = (context) => {
  const logs = entryLogs(context)
  const commits = committedOffsets(context)
  return {
    send: ({ body }) => logs.append(String(body['key'] as string), body['msg']),
    async poll({ body }) {
      const offsets = Object.entries(body['offsets'] as Offsets)
      const read = await Promise.all(offsets.map(async ([key, offset]) => [key, await logs.from(key, offset)] as const))
      return { type: 'poll_ok', msgs: Object.fromEntries(read.filter(([, entries]) => entries.length > 0)) }
    },
    async commit_offsets({ body }) {
      const done = await Promise.all(
        Object.entries(body['offsets'] as Offsets).map(([key, offset]) => commits.raise(key, offset)),
      )
      if (done.every(Boolean)) return { type: 'commit_offsets_ok' }
      return { type: 'error', code: TIMEOUT, text: 'not all offsets may have been committed' }
    },
    async list_committed_offsets({ body }) {
      const keys = body['keys'] as readonly string[]
      const listed = await Promise.all(keys.map(async (key) => [key, await commits.read(key)] as const))
      if (listed.some(([, offset]) => offset === 'unavailable')) {
        return { type: 'error', code: TEMPORARILY_UNAVAILABLE, text: `${SERVICE} did not answer` }
      }
      return {
        type: 'list_committed_offsets_ok',
        offsets: Object.fromEntries(listed.filter(([, offset]) => offset !== undefined)),
      }
    },
  }
}

function entryLogs({ call, nodeId, world }: NodeContext) {
  const life = Buffer.from(world.random.bytes(8)).toString('hex')
  const known = new Map<string, Entry[]>()
  let writes = 0

  const logOf = (key: string): Entry[] => {
    const log = known.get(key) ?? []
    known.set(key, log)
    return log
  }
  const nameOf = (key: string, offset: number): string => `log/${key}/${offset}`

  async function fetch(key: string, offset: number): Promise<Entry | undefined> {
    const answer = await call(SERVICE, { type: 'read', key: nameOf(key, offset) }, CALL_TIMEOUT_MS)
    return answer.ok ? (answer.value['value'] as Entry) : undefined
  }

  /** Learns the entries that follow those that are known, as far as there are any or enough were learnt. */
  async function learn(key: string): Promise<void> {
    const log = logOf(key)
    for (let [learnt, count] = [0, 1]; learnt < ENTRIES_PER_POLL_MAX; count = READ_AHEAD) {
      const from = log.length
      const entries = await Promise.all(Array.from({ length: count }, (_, at) => fetch(key, from + at)))
      for (const [at, entry] of entries.entries()) {
        if (!entry) return
        log[from + at] = entry
        learnt++
      }
    }
  }

  return {
    async append(key: string, message: unknown): Promise<Body> {
      const writer = `${nodeId}/${life}/${writes++}`
      const log = logOf(key)
      for (let tries = 0; tries < TRIES_MAX; tries++) {
        const offset = log.length
        const to: Entry = { message, writer }
        const cas = { type: 'cas', key: nameOf(key, offset), from: null, to, create_if_not_exists: true }
        const answer = await call(SERVICE, cas, CALL_TIMEOUT_MS)
        if (answer.ok) log[offset] = to
        else if (answer.error.code !== PRECONDITION_FAILED)
          return { type: 'error', code: TIMEOUT, text: answer.error.text }
        else if (!log[offset]) await learn(key)
        // Where the request came twice the refusal of the second may arrive first, so the log decides.
        if (log[offset]?.writer === writer) return { type: 'send_ok', offset }
        if (!log[offset]) return { type: 'error', code: TIMEOUT, text: `nobody knows who wrote offset ${offset}` }
      }
      return { type: 'error', code: TEMPORARILY_UNAVAILABLE, text: 'others were faster each time' }
    },
    async from(key: string, offset: number): Promise<readonly (readonly [number, unknown])[]> {
      const log = logOf(key)
      if (log.length <= offset) await learn(key)
      return log.slice(offset, offset + ENTRIES_PER_POLL_MAX).map(({ message }, at) => [offset + at, message])
    },
  }
}

function committedOffsets({ call }: NodeContext) {
  async function read(key: string): Promise<number | undefined | 'unavailable'> {
    const answer = await call(SERVICE, { type: 'read', key: `commit/${key}` }, CALL_TIMEOUT_MS)
    if (answer.ok) return answer.value['value'] as number
    return answer.error.code === KEY_DOES_NOT_EXIST ? undefined : 'unavailable'
  }

  /** Whether what is committed is certainly this offset or a later one. */
  async function raise(key: string, offset: number): Promise<boolean> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const current = await read(key)
      if (current === 'unavailable') return false
      if (current !== undefined && current >= offset) return true
      const cas = {
        type: 'cas',
        key: `commit/${key}`,
        from: current ?? null,
        to: offset,
        create_if_not_exists: current === undefined,
      }
      const answer = await call(SERVICE, cas, CALL_TIMEOUT_MS)
      if (answer.ok) return true
      if (answer.error.code !== PRECONDITION_FAILED) return false
    }
    return false
  }

  return { read, raise }
}

if (import.meta.main) runOnStdio(program)
