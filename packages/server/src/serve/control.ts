import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Logger, World } from '@waypost/kernel'
import type { Backfill } from '#log/backfill.ts'
import type { BackfillEnd, BackfillProgress } from '#log/backfill-port.ts'
import { CONCURRENCY_MAX, type BackfillOrder, type Backfills } from '#log/backfills.ts'

/**
 * How a command on the same machine reaches the server that holds the data folder: HTTP over a socket in that folder,
 * for its owner alone; no network leads there.
 * In: orders, as JSON by POST to `/backfill` and `/backfill/stop`. Out: lines of JSON, for as long as there is
 * something to say. Several may watch one backfill, and whoever hangs up stops nothing.
 */
export type ControlLine =
  | { readonly progress: BackfillProgress }
  | { readonly end: BackfillEnd }
  | { readonly stopped: boolean }
  /** The order was not taken, and why. */
  | { readonly refused: string }

export interface ControlOptions {
  readonly world: World
  readonly log: Logger
  /** The data folder. Whoever calls holds its lock: a socket that is there already is nobody's any more. */
  readonly folder: string
  readonly backfills: Backfills
}

const SOCKET = 'control.sock'
/** What such an address holds on every system (macOS: 104 with the end mark). */
const PATH_BYTES_MAX = 103
const ORDER_BYTES_MAX = 4_096
const PROGRESS_MS = 250
/** Further ones are refused. */
const WATCHERS_MAX = 16
/** On closing, somebody who does not read their last line is waited for no longer. */
const FAREWELL_MS_MAX = 1_000

/** Listens until disposed. Where the folder's path is too long for a socket it says so in the log, and does not. */
export async function startControl({ world, log, folder, backfills }: ControlOptions): Promise<AsyncDisposable> {
  const path = join(folder, SOCKET)
  if (isTooLong(path)) {
    log.warn({ path, max: PATH_BYTES_MAX }, 'the path is too long for a socket: no command reaches this server')
    return { async [Symbol.asyncDispose]() {} }
  }
  let watching = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const say = (line: ControlLine): void => void response.write(`${JSON.stringify(line)}\n`)
    response.setHeader('content-type', 'application/jsonl')
    const order = request.method === 'POST' ? orderIn(await readText(request)) : undefined
    if (!order) say({ refused: 'That is no order.' })
    else if (request.url === '/backfill/stop') say({ stopped: backfills.stop(order.host) })
    else if (request.url !== '/backfill') say({ refused: 'There is no such operation.' })
    else if (watching >= WATCHERS_MAX) say({ refused: 'Too many are watching.' })
    else {
      const joined = backfills.join(order)
      if (joined.ok) await show(joined.value, response, say)
      else say({ refused: joined.error })
    }
    response.end()
  }

  async function show(backfill: Backfill, response: ServerResponse, say: (line: ControlLine) => void): Promise<void> {
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
      await Promise.race([closed, world.timers.sleep(FAREWELL_MS_MAX)])
      http.closeAllConnections()
      await closed
    },
  }
}

/** Sends an order to the server that holds the folder. Undefined: there is none, or none that can be reached so. */
export async function callControl(
  folder: string,
  operation: '/backfill' | '/backfill/stop',
  order: BackfillOrder,
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

function orderIn(text: string): BackfillOrder | undefined {
  try {
    const { host, again, concurrency } = JSON.parse(text) as Partial<Record<keyof BackfillOrder, unknown>>
    if (typeof host !== 'string' || URL.parse(host)?.origin !== host || typeof again !== 'boolean') return undefined
    if (typeof concurrency !== 'number' || !Number.isInteger(concurrency)) return undefined
    return concurrency >= 1 && concurrency <= CONCURRENCY_MAX ? { host, again, concurrency } : undefined
  } catch {
    return undefined
  }
}

function isTooLong(path: string): boolean {
  return Buffer.byteLength(path) > PATH_BYTES_MAX
}
