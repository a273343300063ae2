import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokenPromises, describe } from '../../../tools/chaos/report.ts'
import { runChaos } from '../../../tools/chaos/run.ts'
import type { FaultKind } from '../../../tools/chaos/schedule.ts'
import { findNatsServer } from '../../../tools/nats-server.ts'

const program = findNatsServer()
/** Those that say most in a short time; `npm run chaos` knows more. */
const KINDS: readonly FaultKind[] = ['replica-kill', 'ingest-kill', 'nats-pause', 'cut-one', 'power-all']
const EVERY_MS = 8_000

test(
  'a cluster under load loses nothing, shows nothing twice and tells live streams all, whichever part of it fails',
  program === undefined ? { skip: 'no nats-server 2.15.1 here' } : { timeout: 900_000 },
  async (t) => {
    const outcome = await runChaos({
      natsServer: program!,
      seed: 2_915,
      minutes: (KINDS.length * EVERY_MS) / 60_000,
      everyMs: EVERY_MS,
      kinds: KINDS,
      people: 40,
      checkinsPerSecond: 50,
      readers: 5,
      followers: 6,
      signal: t.signal,
      note: () => {},
    })
    for (const line of describe(outcome).split('\n')) t.diagnostic(line)
    const { safety, speed } = brokenPromises(outcome)
    // How long things take depends on the machine.
    for (const line of speed) t.diagnostic(line)
    assert.deepEqual(safety, [], outcome.outputs())
    assert.ok(outcome.told > 0 && outcome.faults.length + outcome.impossible.length >= KINDS.length)
  },
)
