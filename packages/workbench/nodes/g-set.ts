#!/usr/bin/env node
import { addDelta, joinSets, type GSet } from '@waypost/gossip'
import type { Program } from '../src/node/program.ts'
import { spreadValues } from '../src/node/spread.ts'
import { runOnStdio } from '../src/node/stdio.ts'

/** A set that only grows, replicated by its deltas. */
export const program: Program = (context) => {
  let set: GSet<unknown> = new Set()
  const spreading = spreadValues(context, (delta) => {
    set = joinSets(set, new Set(delta as unknown[]))
  })
  return {
    ...spreading.handlers,
    async add({ body: { element } }) {
      const delta = addDelta(set, element)
      if (delta.size > 0) await spreading.say([...delta])
      return { type: 'add_ok' }
    },
    read: () => ({ type: 'read_ok', value: [...set] }),
  }
}

if (import.meta.main) runOnStdio(program)
