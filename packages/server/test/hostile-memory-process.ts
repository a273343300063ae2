import { monitorEventLoopDelay } from 'node:perf_hooks'
import { openMemoryEngine } from '@waypost/engine'
import { createTelemetry, realWorld } from '@waypost/kernel'
import { createOutbound } from '#wire/outbound.ts'
import { createIdentities } from '#verify/identity.ts'
import { openEventLog } from '#log/event-log.ts'
import { startIngest } from '#log/ingest.ts'
import { unheard } from './kit/network.ts'

/** What the test asks of the ingest that runs here, apart from the villains, so that its memory is its own. */
export type Ask = { readonly follow: string } | 'sample'

export interface Sample {
  /** After all that nobody refers to is gone: objects, and the bytes beside them. */
  readonly heldBytes: number
  /** The most that the process had of the machine's memory since the last sample. */
  readonly peakBytes: number
  /** The longest that anything had to wait for its turn since the last sample. */
  readonly stalledMs: number
  /** What the ingest told, since the beginning: reasons of refusals, and the names of other events. */
  readonly told: Readonly<Record<string, number>>
}

const LOOK_MS = 5

if (process.send) {
  const [plcUrl = ''] = process.argv.slice(2)
  const world = realWorld()
  const outbound = createOutbound({ allowedLoopbackOrigins: 'any-loopback' })
  const engine = openMemoryEngine({ world })
  const told: Record<string, number> = {}
  const count = (what: string): void => void (told[what] = (told[what] ?? 0) + 1)
  const ingest = startIngest({
    world,
    log: createTelemetry({ level: 'silent' }).log,
    eventLog: openEventLog(engine.log, world),
    keyValue: engine.keyValue,
    identities: createIdentities({ world, outbound, plcUrl, handlesAtPds: plcUrl }),
    outbound,
    hosts: [],
    events: {
      ...unheard,
      frameForeign: () => count('foreign'),
      hostSaid: () => count('said'),
      logged: ({ kind }) => count(kind),
      refused: ({ reason }) => count(reason),
      repair: (outcome) => count(outcome),
    },
  })
  let peakBytes = 0
  const stall = monitorEventLoopDelay({ resolution: LOOK_MS })
  stall.enable()
  setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), LOOK_MS)
  process.on('message', (ask: Ask) => {
    // As a relay, which may speak of anybody.
    if (ask !== 'sample') return ingest.addHost({ url: ask.follow, kind: 'relay' })
    globalThis.gc!()
    const { heapUsed, external } = process.memoryUsage()
    const sample: Sample = { heldBytes: heapUsed + external, peakBytes, stalledMs: stall.max / 1e6, told }
    process.send!(sample)
    peakBytes = 0
    stall.reset()
  })
  process.on('disconnect', () => process.exit())
}
