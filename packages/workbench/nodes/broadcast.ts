#!/usr/bin/env node
import type { Program } from '../src/node/program.ts'
import { spreadValues } from '../src/node/spread.ts'
import { runOnStdio } from '../src/node/stdio.ts'

/**
 * Everybody hears every message. `--pace` chooses between latency and messages: fast, balanced or frugal. Who is next
 * to whom in the topology makes no difference: gossip chooses its own ways.
 */
export const program: Program = (context) => {
  const messages = new Set<unknown>()
  const spreading = spreadValues(context, (message) => messages.add(message))
  return {
    ...spreading.handlers,
    topology: () => ({ type: 'topology_ok' }),
    async broadcast({ body: { message } }) {
      await spreading.say(message)
      return { type: 'broadcast_ok' }
    },
    read: () => ({ type: 'read_ok', messages: [...messages] }),
  }
}

if (import.meta.main) runOnStdio(program)
