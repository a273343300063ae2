#!/usr/bin/env node
import type { Body, Message, NodeContext, Program } from '../src/node/program.ts'
import { runOnStdio } from '../src/node/stdio.ts'
import { apply, keyOf, type Written } from '../src/services/key-value.ts'
import { startRaft } from './raft/raft.ts'

const TIMEOUT = 0
const TEMPORARILY_UNAVAILABLE = 11

/** How long a follower waits for the leader's answer. */
const FORWARD_TIMEOUT_MS = 4_000

/** Requests whose answers are remembered, so that one that arrives twice is done once. */
const REMEMBERED_REQUESTS_MAX = 10_000

/** A request as it stands in the log. */
interface Command {
  /** Unique among all requests. */
  readonly id: string
  readonly request: Body
}

/** A linearizable map by Raft: writes go through the log, reads wait until the leader has been confirmed as one. */
export const program: Program = (context) => {
  const map = replicatedMap()
  const raft = startRaft(context, (command) => map.change(command as Command))
  const makeId = requestIds(context)

  async function lead(id: string, request: Body): Promise<Body> {
    if (request.type === 'read') {
      const barrier = await raft.readBarrier()
      return barrier.ok ? map.read(request) : { type: 'error', ...barrier.error }
    }
    const answer = await raft.propose({ id, request } satisfies Command)
    return answer.ok ? (answer.value as Body) : { type: 'error', ...answer.error }
  }

  async function serve({ body }: Message): Promise<Body> {
    const { type, key, value, from, to, create_if_not_exists } = body
    const request = { type, key, value, from, to, create_if_not_exists }
    const [leader, id] = [raft.leader(), makeId()]
    if (leader === context.nodeId) return lead(id, request)
    if (leader === undefined) return { type: 'error', code: TEMPORARILY_UNAVAILABLE, text: 'no leader is known' }
    const answer = await context.call(leader, { type: 'forward', id, request }, FORWARD_TIMEOUT_MS)
    if (answer.ok) return answer.value['answer'] as Body
    return { type: 'error', code: TIMEOUT, text: `the leader ${leader} did not answer` }
  }

  return {
    ...raft.handlers,
    read: serve,
    write: serve,
    cas: serve,
    async forward({ body }) {
      return { type: 'forwarded', answer: await lead(body['id'] as string, body['request'] as Body) }
    },
  }
}

/** Ids that no other node makes, nor this one in another life. */
function requestIds({ nodeId, world }: NodeContext): () => string {
  const life = Buffer.from(world.random.bytes(8)).toString('hex')
  let requests = 0
  return () => `${nodeId}/${life}/${requests++}`
}

function replicatedMap(): { change(command: Command): Body; read(request: Body): Body } {
  const state = new Map<string, Written>()
  const answers = new Map<string, Body>()

  function run(request: Body): Body {
    const key = keyOf(request['key'])
    const { answer, written } = apply(request, state.get(key))!
    if (written) state.set(key, written)
    return answer
  }

  return {
    change({ id, request }) {
      const known = answers.get(id)
      if (known) return known
      const answer = run(request)
      answers.set(id, answer)
      if (answers.size > REMEMBERED_REQUESTS_MAX) answers.delete(answers.keys().next().value!)
      return answer
    },
    read: run,
  }
}

if (import.meta.main) runOnStdio(program)
