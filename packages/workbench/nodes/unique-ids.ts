#!/usr/bin/env node
import { clockIdOf } from '@waypost/gossip'
import { tidClock, type World } from '@waypost/kernel'
import type { NodeContext, Program } from '../src/node/program.ts'
import { runOnStdio } from '../src/node/stdio.ts'

/** Ids are only handed out up to a time that is on the disk, set this far ahead: one write for many ids. */
const AHEAD_MS = 10_000

/** TIDs, unique by the node's clock id, and rising also where a clock steps back or the node has crashed in between. */
export const program: Program = (context) => {
  const world = neverBefore(context, promised(context))
  const nextTid = tidClock(world, clockIdOf(context.nodeId, context.nodeIds))
  let reserving = Promise.resolve()

  /** Sees to it that no later life hands out what this one does now. */
  async function reserve(): Promise<void> {
    const nowMs = world.clock.now()
    if (nowMs + AHEAD_MS / 2 > promised(context)) reserving = context.disk.put('promised until', nowMs + AHEAD_MS)
    await reserving
  }

  return {
    async generate() {
      await reserve()
      return { type: 'generate_ok', id: nextTid() }
    },
  }
}

function promised({ disk }: NodeContext): number {
  return Number(disk.get('promised until') ?? 0)
}

/** The node's world, with a clock that begins where an earlier life of the node may have come to. */
function neverBefore({ world }: NodeContext, startMs: number): World {
  return { ...world, clock: { ...world.clock, now: () => Math.max(startMs, world.clock.now()) } }
}

if (import.meta.main) runOnStdio(program)
