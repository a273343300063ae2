#!/usr/bin/env node
import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { totalmem } from 'node:os'
import { createTelemetry, OwnFault, realWorld, type Logger } from '@waypost/kernel'
import { Command } from 'commander'
import type { Surroundings } from './backfill-command.ts'
import type { PlacesOrder } from './places-command.ts'
import { isOverrideHours, OVERRIDE_HOURS_MAX } from '#serve/budget/settings.ts'
import { makePushKeys } from '#serve/push/keys.ts'
import { collectSeldom } from './collect-seldom.ts'
import { describeOptions, hostUrl, OPTIONS, readConfig, type Config } from './config.ts'

/*
 * The `waypost` command: the one place that touches the process. What a subcommand needs is loaded when it is asked
 * for, so that `waypost config` answers at once.
 */

/** Past this a shutdown stops waiting for what does not end. */
const DRAIN_MS_MAX = 30_000
/** When all is closed and written, questions under way whose answers nobody wants any more are not waited for. */
const LINGER_MS_MAX = 1_000

const BACKFILL_HELP = `
What was settled is kept: stopped by Ctrl-C, or killed, it goes on from there when it is asked again, and people who
could not be had are then tried again. Where a server runs on the data folder, the server does it, with its own options,
and goes on when this command only hangs up.

Exit code: 0 when everybody is settled, 1 when somebody could not be had, 130 when it was stopped.`

const RESEED_HELP = `
For when the log is lost. People are known by the read models in the data folder, of whatever log, by those that are named,
and by a snapshot where the engine still has one and no server runs on the folder. Their names are kept there until they are
in the log; whoever could not be had is named with the reason, and tried again when it is asked again. Stopped by Ctrl-C, or
killed, it goes on from there.

Exit code: 0 when everybody is in, 1 when somebody could not be had or nobody is known, 130 when it was stopped.`

const IMPORT_HELP = `
Tables need columns name, lat and lon; of id, category, address, locality, region, postcode, country, status,
date_closed, population, name:LANGUAGE and tags_json they take what is there. The GeoNames table alternateNames.txt (or
V2) adds names to its places. Rows that are not kept are counted by
reason: no name, no position, swapped or impossible coordinates, closed, unreadable. Stopped by Ctrl-C, or killed, it goes
on from there when it is asked again; a file that was taken in whole changes nothing.

Exit code: 0, 1 when a file could not be read, 130 when it was stopped.`

const REPORTS_HELP = `
Oldest first. A report is forgotten by itself after 180 days. Where a server runs on the data folder, it is asked.

Exit code: 0, 1 when there is no report with that id, or the server did not answer.`

const BUDGET_HELP = `
Asks the server that holds the data folder and follows hosts, also while the budget has it pause. A replica is asked at /ops.

Exit code: 0, 1 when no such server runs there.`

const LEDGER_HELP = `
Whoever has this file and a backup reads what is private; whoever lost it does not. On the embedded engine no server may
be running, for a copy either: docs/operate.md says how to take one meanwhile.

Exit code: 0, 1 when the file could not be read or written.`

const AUDIT_HELP = `
Reads the whole log once for each copy, and compares what the replicas last said of their read models.

With --repair, a server that is named leads no more, and says when it is to be stopped and when to be started; the others let
go of its copy meanwhile, and fill it. Only where two other copies are whole and alike: otherwise it says so and leaves all
as it is.

Exit code: 0 when all copies are whole and all replicas hold the same, 1 otherwise.`

const program = new Command('waypost').description('An open check-in network on the AT Protocol')

withOptions(program.command('serve'))
  .description('follow the hosts, keep the read model, answer requests')
  .action(async (flags: Record<string, string>) => serve(configOrExit(flags)))

withOptions(program.command('rebuild'))
  .description('build the read model anew from the log; no server may be running')
  .action(async (flags: Record<string, string>) => rebuildReadModel(configOrExit(flags)))

withOptions(program.command('digest'))
  .description('what the read model holds, as a hash: equal for replicas at the same position')
  .option('--json', 'as JSON, with a hash for each projection')
  .action(async (flags: Record<string, string> & { json?: true }) => {
    const { json, ...others } = flags
    await printDigest(configOrExit(others), { json: json === true })
  })

withOptions(program.command('backfill'), ['data', 'engine', 'engine-monitors', 'plc-url', 'sandbox', 'log-level'])
  .description('take in everybody on a host who has records of ours, beside a running server or without one')
  .requiredOption('--host <url>', 'the PDS or relay')
  .option('--again', 'from the beginning, whatever was settled before')
  .option('--concurrency <count>', 'people looked at at once (default: 24, at most 256)')
  .option('--stop', 'stop the one that a running server has under way')
  .addHelpText('after', BACKFILL_HELP)
  .action(async ({ host, again, concurrency, stop, ...flags }: Record<string, string> & BackfillFlags) => {
    await runBackfill(configOrExit(flags), { host, again, concurrency, stop })
  })

withOptions(program.command('reseed'), ['data', 'engine', 'engine-monitors', 'plc-url', 'sandbox', 'log-level'])
  .description('fill a log that was lost again, from the servers of everybody whom a read model knows')
  .option(
    '--from-replica <file>',
    'a read model (read-model-*.sqlite) of another data folder; may be given again',
    also,
    [],
  )
  .addHelpText('after', RESEED_HELP)
  .action(async ({ fromReplica, ...flags }: Record<string, string> & { fromReplica: readonly string[] }) => {
    await runReseed(configOrExit(flags as Record<string, string>), fromReplica)
  })

withOptions(program.command('places').description('places that are known without a visit').command('import'), ['data'])
  .description('take in places from open datasets; a running server shows them within a few minutes')
  .argument(
    '<file...>',
    'CSV with a header, GeoJSON, .osm.pbf, parquet of Foursquare or Overture, GeoNames .txt; .gz too',
  )
  .option('--source <name>', 'where they are from, instead of what the file says: osm, fsq, overture, geonames, …')
  .option('--licence <text>', 'what has to stand beside them')
  .addHelpText('after', IMPORT_HELP)
  .action(async (files: string[], { source, licence, ...flags }: Record<string, string>) => {
    await runImport(configOrExit(flags), { files, source, licence })
  })

withOptions(program.command('reports'), ['data', 'engine', 'engine-monitors', 'sandbox', 'log-level'])
  .description('what people told you is wrong with places, check-ins and people; nobody else can read it')
  .option('--json', 'as lines of JSON')
  .option('--done <id>', 'that one is dealt with: forget it')
  .addHelpText('after', REPORTS_HELP)
  .action(async ({ json, done, ...flags }: Record<string, string> & { json?: true; done?: string }) => {
    const { reports } = await import('./reports-command.ts')
    process.exitCode = await reports(realWorld(), configOrExit(flags), { json: json === true, done }, console.log)
  })

withOptions(program.command('budget'), ['data'])
  .description('what a running server has used of its budget, and what it leaves out; has it passed over for a time')
  .option('--override <hours>', `pass over it for so many hours, at most ${OVERRIDE_HOURS_MAX}; 0 takes that back`)
  .option('--json', 'as JSON')
  .addHelpText('after', BUDGET_HELP)
  .action(async ({ override, json, ...flags }: Record<string, string> & { override?: string; json?: true }) => {
    const hours = override === undefined ? undefined : Number(override)
    if (hours !== undefined && !isOverrideHours(hours))
      return fault(`--override: "${override}" is not a number of hours from 0 to ${OVERRIDE_HOURS_MAX}`)
    const { budget } = await import('./budget-command.ts')
    process.exitCode = await budget(configOrExit(flags), { hours, json: json === true }, console.log)
  })

withOptions(program.command('ledger'), ['data', 'engine', 'engine-monitors', 'sandbox', 'log-level'])
  .description('the keys to what is private, and what was deleted for good, as a file')
  .argument('<what>', 'save: write the file; load: have the ledger say what the file says, while no server runs')
  .argument('<file>', 'keep the newest one alone, and apart from backups')
  .addHelpText('after', LEDGER_HELP)
  .action(async (what: string, file: string, flags: Record<string, string>) => {
    const { loadLedger, saveLedger } = await import('./ledger-command.ts')
    if (what !== 'save' && what !== 'load') return fault(`"${what}" is neither save nor load`)
    const count = await (what === 'save' ? saveLedger : loadLedger)(realWorld(), configOrExit(flags), file)
    console.log(`${file}: ${count} lines.`)
  })

withOptions(program.command('audit'), ['engine', 'engine-monitors'])
  .description('compare the copies of the log on servers of NATS, and the replicas, and name what is damaged')
  .option('--repair', 'have damaged copies filled again by the others; you stop and start the server when it says so')
  .addHelpText('after', AUDIT_HELP)
  .action(async ({ repair, ...flags }: Record<string, string> & { repair?: true }) => {
    await runAudit(configOrExit(flags), { repair: repair === true })
  })

program
  .command('config')
  .description('every option, its flag, what it is set to, and what it means')
  .action(() => console.log(describeOptions(process.env)))

program
  .command('push-keys')
  .description('a new pair of keys for web push, as settings; subscriptions made with another pair are worth nothing')
  .action(() => {
    const { publicKey, privateKey } = makePushKeys()
    console.log(`WAYPOST_PUSH_PUBLIC_KEY=${publicKey}\nWAYPOST_PUSH_PRIVATE_KEY=${privateKey}`)
  })

try {
  await program.parseAsync()
} catch (error) {
  // What an operator can mend needs no stack: a port that is taken, a folder that another process holds.
  console.error(error instanceof OwnFault ? error : error instanceof Error ? error.message : error)
  process.exit(1)
}

async function serve(config: Config): Promise<void> {
  // What a container is held to counts, where it is.
  collectSeldom(Math.min(totalmem(), process.constrainedMemory() || Infinity))
  const telemetry = createTelemetry({ level: config.logLevel })
  const { log } = telemetry
  // From the first moment on: whoever is told to end while it starts ends in order too.
  const asked = new AbortController()
  const ending = once(asked.signal, 'abort')
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      if (asked.signal.aborted) return
      log.info({ signal }, 'draining')
      exitIfStillThere(DRAIN_MS_MAX, log)
      asked.abort()
    })
  const { collectDefaultMetrics } = await import('prom-client')
  collectDefaultMetrics({ register: telemetry.metrics, prefix: 'waypost_' })
  const { startServer } = await import('./server.ts')
  try {
    const world = realWorld()
    // A network on one machine is for whoever sits at it: they are told a password that lasts as long as the process.
    const isAlone = config.sandbox !== undefined && config.engine.kind === 'embedded'
    const passing =
      isAlone && !config.opsPassword ? Buffer.from(world.random.bytes(12)).toString('base64url') : undefined
    await using server = await startServer(
      world,
      passing === undefined ? config : { ...config, opsPassword: passing },
      telemetry,
      asked.signal,
    )
    log.info({ url: server.url, ms: Math.round(performance.now()) }, 'serving')
    // Where NODE_COMPILE_CACHE is set, the next start takes half the time, also after a kill.
    flushCompileCache()
    if (passing !== undefined) console.error(`The operator's page is ${server.url}/ops; its password is ${passing}`)
    try {
      await Promise.race([ending, server.finished])
      await server.drain()
    } catch (error) {
      log.fatal({ err: error }, 'a fault of our own')
      process.exitCode = 1
      exitIfStillThere(DRAIN_MS_MAX, log)
    }
  } catch (error) {
    if (error !== asked.signal.reason) throw error
  }
  log.info({}, 'stopped')
  setTimeout(() => process.exit(), LINGER_MS_MAX).unref()
}

/** The last resort: normally the process ends by itself when all is closed. */
function exitIfStillThere(delayMs: number, log: Logger): void {
  setTimeout(() => {
    log.error({ delayMs }, 'something does not end; ended by force')
    process.exit(1)
  }, delayMs).unref()
}

async function rebuildReadModel(config: Config): Promise<void> {
  const [{ openEngine }, { openEventLog }, { eraseEnded }, { openLedger }, { dropReadModelOfOtherLog }, { rebuild }] =
    await Promise.all([
      import('./open-engine.ts'),
      import('#log/event-log.ts'),
      import('#log/departures.ts'),
      import('#log/private-ledger.ts'),
      import('#project/other-log.ts'),
      import('#project/rebuild.ts'),
    ])
  const world = realWorld()
  await using engine = await openEngine(world, config)
  const eventLog = openEventLog(engine.log, world)
  // As a server does at its start.
  await eraseEnded(openLedger(world, engine.ledger), eventLog)
  // Where the log was lost, the old read model alone knows who took part.
  await dropReadModelOfOtherLog({ folder: config.dataFolder, eventLog })
  const { position } = await rebuild({
    eventLog,
    folder: config.dataFolder,
    onProgress: ({ position: at, head }) => console.error(`${at} of ${head}`),
  })
  console.log(`The read model holds the log up to position ${position}.`)
}

async function printDigest({ dataFolder }: Config, { json }: { json: boolean }): Promise<void> {
  const [{ openReadModel }, { digest }] = await Promise.all([
    import('#project/read-model.ts'),
    import('#project/digest.ts'),
  ])
  using readModel = openReadModel({ folder: dataFolder, readOnly: true })
  const { overall, byProjection } = digest(readModel)
  const position = readModel.position()
  console.log(json ? JSON.stringify({ position, overall, byProjection }) : `${position} ${overall}`)
}

async function runAudit({ engine }: Config, { repair }: { repair: boolean }): Promise<void> {
  if (engine.kind === 'embedded') return fault('The embedded engine has one copy: there is nothing to compare.')
  const { audit } = await import('./audit-command.ts')
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())
  process.exitCode = await audit(realWorld(), engine, { repair, print: console.log, signal: interrupted.signal })
}

interface BackfillFlags {
  readonly host: string
  readonly again?: true
  readonly concurrency?: string
  readonly stop?: true
}

async function runReseed(config: Config, replicas: readonly string[]): Promise<void> {
  const { reseed } = await import('./reseed-command.ts')
  process.exitCode = await reseed(realWorld(), surroundingsOf(config), { replicas })
  setTimeout(() => process.exit(), LINGER_MS_MAX).unref()
}

/** For a command that shows its progress. */
function surroundingsOf(config: Config): Surroundings {
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())
  // What the ingest usually says would tear the line of progress; what it warns of is worth it.
  const level = config.logLevel === 'info' ? 'warn' : config.logLevel
  const telemetry = createTelemetry({ level, destination: process.stderr })
  return { config, telemetry, terminal: { screen: process.stderr, print: console.log, signal: interrupted.signal } }
}

async function runBackfill(config: Config, flags: BackfillFlags): Promise<void> {
  const [{ backfill, stopBackfill }, { CONCURRENCY_DEFAULT, CONCURRENCY_MAX }] = await Promise.all([
    import('./backfill-command.ts'),
    import('#log/backfills.ts'),
  ])
  const host = hostUrl(flags.host)
  if (host === undefined) return fault(`--host: "${flags.host}" is not a URL of a PDS or relay`)
  const concurrency = Number(flags.concurrency ?? CONCURRENCY_DEFAULT)
  if (!(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= CONCURRENCY_MAX)) {
    return fault(`--concurrency: "${flags.concurrency}" is not a count from 1 to ${CONCURRENCY_MAX}`)
  }
  const order = { host, again: flags.again === true, concurrency }
  const surroundings = surroundingsOf(config)
  process.exitCode = await (flags.stop
    ? stopBackfill(config, order, surroundings.terminal)
    : backfill(realWorld(), surroundings, order))
  setTimeout(() => process.exit(), LINGER_MS_MAX).unref()
}

async function runImport(config: Config, order: PlacesOrder): Promise<void> {
  const { importPlaces } = await import('./places-command.ts')
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())
  const terminal = { screen: process.stderr, print: console.log, signal: interrupted.signal }
  process.exitCode = await importPlaces(realWorld(), { config, terminal }, order)
}

/** For an option that may be given again. */
function also(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function fault(text: string): void {
  console.error(text)
  process.exitCode = 2
}

/** All options, or those with these flags. */
function withOptions(command: Command, flags?: readonly string[]): Command {
  for (const { flag, meaning } of OPTIONS) {
    if (!flags || flags.includes(flag)) command.option(`--${flag} <value>`, meaning)
  }
  return command
}

/** Flags come by their names in camel case; the config knows them as they are written. */
function configOrExit(flags: Record<string, string>): Config {
  const written = Object.entries(flags).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    value,
  ])
  const config = readConfig(process.env, Object.fromEntries(written) as Record<string, string>)
  if (config.ok) return config.value
  for (const fault of config.error) console.error(fault)
  process.exit(2)
}
