import { once } from 'node:events'
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * A load balancer for one machine: requests, streams and WebSockets go in turn to those servers that say that they are
 * ready. A request that reached nobody is sent to another one; what was answered in part is broken off.
 */
export interface Balancer extends AsyncDisposable {
  readonly url: string
  /** Who is sent requests, by their URLs. */
  ready(): readonly string[]
}

const CHECK_MS = 250
const CHECK_MS_MAX = 1_000
/** Whoever has not begun to answer by then may be paused: what may be repeated goes to another one. */
const ANSWER_MS_MAX = 1_500
/** Shorter than servers keep idle connections: none is used that the other side is about to close. */
const IDLE_MS_MAX = 30_000

export async function startBalancer(options: {
  readonly targets: readonly string[]
  readonly port?: number
  /** To how many servers a request is sent that may be repeated; all of them unless said. */
  readonly triesMax?: number
}): Promise<Balancer> {
  const targets = options.targets.map((url) => ({ url: new URL(url), isReady: false }))
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS_MAX })
  const sockets = new Set<Duplex>()
  let turn = 0

  async function check(target: (typeof targets)[number]): Promise<void> {
    try {
      const answer = await fetch(new URL('/health/ready', target.url), { signal: AbortSignal.timeout(CHECK_MS_MAX) })
      await answer.arrayBuffer()
      target.isReady = answer.status === 200
    } catch {
      target.isReady = false
    }
  }

  /** In the order in which they are to be tried: those that are ready first; where none is, any may still answer. */
  function inTurn(): readonly URL[] {
    turn++
    const from = targets.map((_, at) => targets[(at + turn) % targets.length]!)
    return from.toSorted((a, b) => Number(b.isReady) - Number(a.isReady)).map(({ url }) => url)
  }

  function pass(request: IncomingMessage, response: ServerResponse, [target, ...others]: readonly URL[]): void {
    if (target === undefined) return void response.writeHead(502).end()
    const { method, url: path, headers } = request
    const passed = httpRequest({ host: target.hostname, port: target.port, method, path, headers, agent })
    // The way back from a sign-in works once, and one that is slow may have worked.
    const isOnce = path!.startsWith('/oauth/')
    const mayRepeat = (method === 'GET' || method === 'HEAD') && !isOnce && others.length > 0
    const late = mayRepeat ? setTimeout(() => passed.destroy(new Error('no answer')), ANSWER_MS_MAX) : undefined
    passed.once('response', (answer) => {
      clearTimeout(late)
      // What concerns one connection alone is not handed on.
      const { connection: _, 'keep-alive': __, ...own } = answer.headers
      response.writeHead(answer.statusCode!, own)
      answer.pipe(response)
      answer.once('error', () => response.destroy())
    })
    passed.once('error', () => {
      clearTimeout(late)
      if (response.headersSent) response.destroy()
      else if (mayRepeat && !response.destroyed) pass(request, response, others)
      else response.writeHead(502).end()
    })
    response.once('close', () => {
      if (!response.writableFinished) passed.destroy()
    })
    if (method === 'GET' || method === 'HEAD') passed.end()
    else request.pipe(passed)
  }

  const http = createServer((request, response) => pass(request, response, inTurn().slice(0, options.triesMax)))
  http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const target = inTurn()[0]!
    const other = connect(Number(target.port), target.hostname)
    const lines = Array.from({ length: request.rawHeaders.length / 2 }, (_, at) =>
      request.rawHeaders.slice(2 * at, 2 * at + 2).join(': '),
    )
    other.write([`${request.method} ${request.url} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
    other.write(head)
    socket.pipe(other).pipe(socket)
    for (const [one, counterpart] of [
      [socket, other],
      [other, socket],
    ] as const) {
      sockets.add(one)
      one.once('error', () => counterpart.destroy())
      one.once('close', () => (sockets.delete(one), counterpart.destroy()))
    }
  })
  const checking = setInterval(() => targets.forEach((target) => void check(target)), CHECK_MS)
  await Promise.all(targets.map(check))
  http.listen(options.port ?? 0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    ready: () => targets.filter(({ isReady }) => isReady).map(({ url }) => url.origin),
    async [Symbol.asyncDispose]() {
      clearInterval(checking)
      http.close()
      http.closeAllConnections()
      for (const socket of sockets) socket.destroy()
      await once(http, 'close')
      agent.destroy()
    },
  }
}
