import { pino, type DestinationStream, type Logger } from 'pino'
import { Registry } from 'prom-client'

export type { Logger } from 'pino'

/** Where one process says what happens: log lines (pino, JSON) and metrics (Prometheus). */
export interface Telemetry {
  readonly log: Logger
  readonly metrics: Registry
}

/** Never in a log line, whatever object was handed over: where people stood, and what opens doors. */
const NEVER_LOGGED = [
  'latitude',
  'longitude',
  'lat',
  'lon',
  'position',
  'geo',
  'authorization',
  'cookie',
  'token',
  'accessJwt',
  'refreshJwt',
  'password',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`])

/** `level` is one of pino's; `destination` defaults to standard output. */
export function createTelemetry(options: { level: string; destination?: DestinationStream }): Telemetry {
  const log = pino(
    {
      level: options.level,
      base: null,
      redact: { paths: NEVER_LOGGED, censor: '[withheld]' },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    options.destination ?? pino.destination({ fd: 1, sync: false }),
  )
  return { log, metrics: new Registry() }
}
