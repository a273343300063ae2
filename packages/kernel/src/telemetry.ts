import { pino, type DestinationStream, type Logger } from 'pino'
import { Registry } from 'prom-client'
import { realWorld, type Clock } from './world.ts'

export type { Logger } from 'pino'

/** Where one process says what happens: log lines (pino, JSON) and metrics (Prometheus). */
export interface Telemetry {
  readonly log: Logger
  readonly metrics: Registry
  /** Hands every line on, as it was written, until disposed of. */
  tap(listener: (line: string) => void): Disposable
  /** The newest lines of level `warn` and above, the newest first. */
  faults(): readonly LoggedFault[]
}

/** A log line as an operator is shown it: none of what it carries but the words of an error. */
export interface LoggedFault {
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly level: 'warn' | 'error' | 'fatal'
  readonly text: string
  readonly error?: string
}

const FAULTS_MAX = 50
const WARN = 40
const ERROR = 50
const FATAL = 60
const ERROR_LENGTH_MAX = 300

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
export function createTelemetry(options: {
  level: string
  destination?: DestinationStream
  clock?: Pick<Clock, 'now'>
}): Telemetry {
  const { clock = realWorld().clock } = options
  const faults: LoggedFault[] = []
  const taps = new Set<(line: string) => void>()
  const sink: DestinationStream & { flushSync?(): void } =
    options.destination ?? pino.destination({ fd: 1, sync: false })

  function note(args: readonly unknown[], level: number): void {
    const [carried, message] = typeof args[0] === 'string' ? [undefined, args[0]] : args
    const { err } = (carried ?? {}) as { readonly err?: unknown }
    faults.unshift({
      atMs: clock.now(),
      level: level >= FATAL ? 'fatal' : level >= ERROR ? 'error' : 'warn',
      text: String(message),
      ...(err instanceof Error && { error: `${err.name}: ${err.message}`.slice(0, ERROR_LENGTH_MAX) }),
    })
    if (faults.length > FAULTS_MAX) faults.pop()
  }

  function tap(listener: (line: string) => void): Disposable {
    taps.add(listener)
    return { [Symbol.dispose]: () => void taps.delete(listener) }
  }

  const stream = {
    write(line: string) {
      sink.write(line)
      for (const listener of taps) listener(line)
    },
    // Asked for by pino after a fatal line.
    flushSync: () => sink.flushSync?.(),
  }
  const log = pino(
    {
      level: options.level,
      base: null,
      redact: { paths: NEVER_LOGGED, censor: '[withheld]' },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: {
        logMethod(args, method, level) {
          if (level >= WARN) note(args, level)
          method.apply(this, args)
        },
      },
    },
    stream,
  )
  return { log, metrics: new Registry(), faults: () => faults, tap }
}
