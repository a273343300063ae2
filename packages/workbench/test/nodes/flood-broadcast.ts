#!/usr/bin/env node
import type { Program } from '../../src/node/program.ts'
import { runOnStdio } from '../../src/node/stdio.ts'

/**
 * Broadcast as in Maelstrom's introduction: what is new goes to all neighbours but the one that it came from, and nobody
 * acknowledges. Its message counts are published, so the workbench is calibrated with it.
 */
export const program: Program = ({ nodeId, send }) => {
  const seen = new Set<unknown>()
  let neighbours: readonly string[] = []

  function hear(message: unknown, from: string): void {
    if (seen.has(message)) return
    seen.add(message)
    for (const neighbour of neighbours) if (neighbour !== from) send(neighbour, { type: 'gossip', message })
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
    gossip: ({ src, body }) => hear(body['message'], src),
    read: () => ({ type: 'read_ok', messages: [...seen] }),
  }
}

if (import.meta.main) runOnStdio(program)
