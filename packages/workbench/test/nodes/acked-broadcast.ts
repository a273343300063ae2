#!/usr/bin/env node
import type { Program } from '../../src/node/program.ts'
import { runOnStdio } from '../../src/node/stdio.ts'

/** A neighbour that has not confirmed a message after this long is told again. */
const RETRY_MS = 1_000

/** The flood, but each message is told to each neighbour until it says that it has it. */
export const program: Program = ({ nodeId, call }) => {
  const seen = new Set<unknown>()
  let neighbours: readonly string[] = []

  async function tell(neighbour: string, message: unknown): Promise<void> {
    for (let isTold = false; !isTold;) isTold = (await call(neighbour, { type: 'gossip', message }, RETRY_MS)).ok
  }

  function hear(message: unknown, from: string): void {
    if (seen.has(message)) return
    seen.add(message)
    for (const neighbour of neighbours) if (neighbour !== from) void tell(neighbour, message)
  }

  return {
    topology({ body }) {
      neighbours = (body['topology'] as Readonly<Record<string, readonly string[]>>)[nodeId] ?? []
      return { type: 'topology_ok' }
    },
    broadcast({ src, body }) {
      hear(body['message'], src)
      return { type: 'broadcast_ok' }
    },
    gossip({ src, body }) {
      hear(body['message'], src)
      return { type: 'gossip_ok' }
    },
    read: () => ({ type: 'read_ok', messages: [...seen] }),
  }
}

if (import.meta.main) runOnStdio(program)
