import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { atMost, ok, type Logger, type Result, type World } from '@waypost/kernel'
import type { Backfill } from '#log/backfill.ts'
import type { BackfillEnd, BackfillProgress } from '#log/backfill-port.ts'
import type { FailedPerson } from '#log/backfill-state.ts'
import { CONCURRENCY_MAX, RESEED, type BackfillOrder, type Backfills } from '#log/backfills.ts'
import type { Budget, BudgetReport } from './budget/guard.ts'
import { isOverrideHours } from './budget/settings.ts'
import type { Report, Reports } from './moderation/reports.ts'

/**
 * How a command on the same machine reaches the server that holds the data folder: HTTP over a socket in that folder,
 * for its owner alone; no network leads there.
 * In: orders, as JSON by POST to an operation. Out: lines of JSON, for as long as there is something to say. Several may watch one backfill, and whoever hangs up stops nothing.
 */
export type ControlLine =
  | { readonly progress: BackfillProgress }
  | { readonly failed: FailedPerson }
  | { readonly end: BackfillEnd }
  | { readonly stopped: boolean }
  | { readonly report: Report }
  | { readonly isDone: boolean }
  | { readonly budget: BudgetReport }
  /** The order was not taken, and why. */
  | { readonly refused: string }

type Say = (line: ControlLine) => void

export interface ControlOptions {
  readonly world: World
  readonly log: Logger
  /** The data folder. Whoever calls holds its lock: a socket that is there already is nobody's any more. */
  readonly folder: string
  /** Undefined while no hosts are followed. */
  readonly backfills: () => Backfills | undefined
  /** Takes in whoever is known in the folder. */
  readonly reseed: (backfills: Backfills) => Backfill
  readonly reports: Pick<Reports, 'list' | 'done'>
  readonly budget?: Pick<Budget, 'override' | 'report'> | undefined
}

/** What each operation takes. */
interface Orders {
  '/backfill': BackfillOrder
  '/backfill/stop': BackfillOrder
  /** Whom the lists of the data folder name. */
  '/reseed': object
  '/reseed/stop': object
  /** Every report, or with an id: that one is done. */
  '/reports': ReportsOrder
  /** How it stands, or with hours: it is passed over for so long. */
  '/budget': BudgetOrder
}

export interface BudgetOrder {
  readonly hours?: number | undefined
}

export interface ReportsOrder {
  readonly done?: string | undefined
}

const SOCKET = 'control.sock'
const NO_ORDER = { refused: 'That is no order.' }
const PAUSED = { refused: 'The ingest is paused, since the budget is spent: waypost budget says more.' }
/** What such an address holds on every system (macOS: 104 with the end mark). */
const PATH_BYTES_MAX = 103
const ORDERS_OF_INGEST: readonly string[] = ['/backfill', '/backfill/stop', '/reseed', '/reseed/stop']
const ORDER_BYTES_MAX = 4_096
const PROGRESS_MS = 250
/** Further ones are refused. */
const WATCHERS_MAX = 16
/** On closing, somebody who does not read their last line is waited for no longer. */
const FAREWELL_MS_MAX = 1_000

/** Listens until disposed. Where the folder's path is too long for a socket it says so in the log, and does not. */
export async function startControl({
  world,
  log,
  folder,
  backfills,
  reseed,
  reports,
  budget,
}: ControlOptions): Promise<AsyncDisposable> {
  const path = join(folder, SOCKET)
  if (isTooLong(path)) {
    log.warn({ path, max: PATH_BYTES_MAX }, 'the path is too long for a socket: no command reaches this server')
    return { async [Symbol.asyncDispose]() {} }
  }
  let watching = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const say: Say = (line) => void response.write(`${JSON.stringify(line)}\n`)
    response.setHeader('content-type', 'application/jsonl')
    const order = request.method === 'POST' ? jsonIn(await readText(request)) : undefined
    const running = backfills()
    if (!order) say(NO_ORDER)
    else if (request.url === '/reports') await report(order, say)
    else if (request.url === '/budget') passOver(order, say)
    else if (!ORDERS_OF_INGEST.includes(request.url!)) say({ refused: 'There is no such operation.' })
    else if (!running) say(PAUSED)
    else if (request.url === '/reseed') await watch(() => ok(reseed(running)), { response, say })
    else if (request.url === '/reseed/stop') say({ stopped: running.stop(RESEED) })
    else await backfill(running, { isStop: request.url === '/backfill/stop', given: order }, { response, say })
    response.end()
  }

  async function backfill(
    running: Backfills,
    { isStop, given }: { readonly isStop: boolean; readonly given: object },
    { response, say }: { readonly response: ServerResponse; readonly say: Say },
  ): Promise<void> {
    const order = backfillOrderIn(given)
    if (!order) say(NO_ORDER)
    else if (isStop) say({ stopped: running.stop(order.host) })
    else await watch(() => running.join(order), { response, say })
  }

  function passOver({ hours }: { readonly hours?: unknown }, say: Say): void {
    if (!budget) return say({ refused: 'This server keeps no budget.' })
    if (hours !== undefined && !isOverrideHours(hours)) return say(NO_ORDER)
    if (hours !== undefined) budget.override(hours)
    say({ budget: budget.report() })
  }

  async function watch(
    join: () => Result<Backfill, string>,
    { response, say }: { readonly response: ServerResponse; readonly say: Say },
  ): Promise<void> {
    if (watching >= WATCHERS_MAX) return say({ refused: 'Too many are watching.' })
    const joined = join()
    if (joined.ok) await show(joined.value, response, say)
    else say({ refused: joined.error })
  }

  async function report({ done }: { readonly done?: unknown }, say: Say): Promise<void> {
    if (done === undefined) for (const each of reports.list()) say({ report: each })
    else if (typeof done === 'string') say({ isDone: await reports.done(done) })
    else say(NO_ORDER)
  }

  async function show(backfill: Backfill, response: ServerResponse, say: Say): Promise<void> {
    watching++
    const hungUp = once(response, 'close').then(() => undefined)
    say({ progress: backfill.progress() })
    // Whoever reads slowly is told less often.
    const telling = world.timers.every(PROGRESS_MS, () => {
      if (!response.writableNeedDrain) say({ progress: backfill.progress() })
    })
    try {
      const end = await Promise.race([backfill.ended, hungUp])
      if (!end) return
      say({ progress: backfill.progress() })
      for (const failed of backfill.failed()) say({ failed })
      say({ end })
    } finally {
      telling[Symbol.dispose]()
      watching--
    }
  }

  const http = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      log.warn({ err: error }, 'a command was not answered')
      response.destroy()
    })
  })
  await rm(path, { force: true })
  http.listen(path)
  await once(http, 'listening')
  // Until here the folder and the process's own mask keep others out.
  await chmod(path, 0o600)
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(http, 'close')
      http.close()
      await atMost(world.timers, FAREWELL_MS_MAX, closed)
      http.closeAllConnections()
      await closed
    },
  }
}

/** Sends an order to the server that holds the folder. Undefined: there is none, or none that can be reached so. */
export async function callControl<Operation extends keyof Orders>(
  folder: string,
  operation: Operation,
  order: Orders[Operation],
): Promise<AsyncIterable<ControlLine> | undefined> {
  const socketPath = join(folder, SOCKET)
  if (isTooLong(socketPath)) return undefined
  const request = httpRequest({ socketPath, path: operation, method: 'POST', agent: false })
  request.end(JSON.stringify(order))
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return linesOf(response)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // No file, or one that a server left behind that was killed.
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined
    throw error
  }
}

async function* linesOf(response: IncomingMessage): AsyncIterable<ControlLine> {
  let begun = ''
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (begun + chunk).split('\n')
    begun = lines.pop()!
    for (const line of lines) yield JSON.parse(line) as ControlLine
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > ORDER_BYTES_MAX) return ''
  }
  return text
}

function jsonIn(text: string): object | undefined {
  try {
    const order: unknown = JSON.parse(text)
    return typeof order === 'object' && order !== null && !Array.isArray(order) ? order : undefined
  } catch {
    return undefined
  }
}

function backfillOrderIn(order: Partial<Record<keyof BackfillOrder, unknown>>): BackfillOrder | undefined {
  const { host, again, concurrency } = order
  if (typeof host !== 'string' || URL.parse(host)?.origin !== host || typeof again !== 'boolean') return undefined
  if (typeof concurrency !== 'number' || !Number.isInteger(concurrency)) return undefined
  return concurrency >= 1 && concurrency <= CONCURRENCY_MAX ? { host, again, concurrency } : undefined
}

function isTooLong(path: string): boolean {
  return Buffer.byteLength(path) > PATH_BYTES_MAX
}
