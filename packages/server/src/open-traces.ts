import type { Telemetry, World } from '@waypost/kernel'
import type { Journeys } from '#log/journeys.ts'
import type { EventLog } from '#log/log.ts'
import { createCheckinTraces, type CheckinTraces } from '#serve/ops/checkin-traces.ts'
import type { Config } from './config.ts'
import { nodeId } from './node-id.ts'

/** Traces of check-ins, and with them metrics and log lines, on their way to a collector. */
export interface Traces extends AsyncDisposable {
  readonly checkins: CheckinTraces
}

/** Undefined where no collector is named: then nothing of OpenTelemetry is loaded. */
export async function openTraces(parts: {
  readonly world: World
  readonly config: Pick<Config, 'otlp' | 'version' | 'dataFolder'>
  readonly telemetry: Telemetry
  readonly journeys: Journeys
  readonly eventLog: Pick<EventLog, 'read'>
  readonly gather: () => Promise<void>
}): Promise<Traces | undefined> {
  const { world, config, telemetry, journeys, eventLog, gather } = parts
  if (!config.otlp) return undefined
  const { openOtlp } = await import('#serve/ops/otlp.ts')
  const instance = nodeId(world, config.dataFolder)
  const { version, otlp: settings } = config
  const otlp = await openOtlp(world, { settings, telemetry, instance, version, gather })
  return {
    checkins: createCheckinTraces({ ratio: settings.ratio, replica: instance, journeys, eventLog, emit: otlp.emit }),
    [Symbol.asyncDispose]: () => otlp[Symbol.asyncDispose](),
  }
}
