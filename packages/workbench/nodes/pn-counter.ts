#!/usr/bin/env node
import { countDelta, countOf, joinCounters, type PnCounter, type Tally } from '@waypost/gossip'
import type { Program } from '../src/node/program.ts'
import { spreadValues } from '../src/node/spread.ts'
import { runOnStdio } from '../src/node/stdio.ts'

/** A counter that goes up and down, replicated by its deltas. One that only goes up is the same. */
export const program: Program = (context) => {
  let counter: PnCounter = new Map()
  /** What this life has counted, also what is not kept yet. */
  let counted: PnCounter = new Map()
  const spreading = spreadValues(context, (delta) => {
    counter = joinCounters(counter, new Map(delta as Iterable<[string, Tally]>))
  })
  // What an earlier life said last may not have been kept, so this one counts in a name of its own.
  const writer = `${context.nodeId}#${spreading.life}`
  return {
    ...spreading.handlers,
    async add({ body: { delta: by } }) {
      const delta = countDelta(counted, writer, by as number)
      counted = joinCounters(counted, delta)
      await spreading.say([...delta])
      return { type: 'add_ok' }
    },
    read: () => ({ type: 'read_ok', value: countOf(counter) }),
  }
}

if (import.meta.main) runOnStdio(program)
