import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/**
 * A wire between two parts: whoever connects to its port reaches the other side. It can be cut, as a network is: nothing
 * passes, nobody is told, and what was on its way comes once it is whole again.
 */
export interface Link extends AsyncDisposable {
  readonly port: number
  cut(): void
  /** Everything arrives so much later, in order. */
  slow(delayMs: number): void
  heal(): void
  /** How many connections go through it now. */
  readonly connections: number
}

/**
 * What a wire takes at the most while nothing slows it, one way, as between neighbouring data centres: it hands on what has
 * come so often, in one piece. Handed on one by one, the pieces of a busy cluster take half a core.
 */
const WIRE_MS = 4

interface Piece {
  readonly due: number
  /** Undefined: the end. */
  readonly bytes: Buffer | undefined
}

/** From a port of 127.0.0.1 that is drawn to the given one. */
export async function openLink(target: number): Promise<Link> {
  const sockets = new Set<Socket>()
  const pumps = new Set<() => void>()
  let isCut = false
  let delayMs = 0

  function pump(from: Socket, to: Socket): void {
    const waiting: Piece[] = []
    let timer: NodeJS.Timeout | undefined

    function flow(): void {
      clearTimeout(timer)
      timer = undefined
      if (isCut) return void from.pause()
      const now = performance.now()
      const later = waiting.findIndex(({ due }) => due > now)
      const arrived = waiting.splice(0, later === -1 ? waiting.length : later).map(({ bytes }) => bytes)
      const isTaken = write(arrived.filter((bytes) => bytes !== undefined))
      if (arrived.includes(undefined)) return end()
      if (!isTaken) {
        from.pause()
        to.once('drain', flow)
        return
      }
      if (waiting[0]) timer = setTimeout(flow, waiting[0].due - now)
      from.resume()
    }

    /** Answers whether more may come at once. */
    function write(pieces: readonly Buffer[]): boolean {
      return pieces.length === 0 || to.write(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))
    }

    function end(): void {
      pumps.delete(flow)
      to.destroySoon()
    }

    function take(bytes: Buffer | undefined): void {
      const now = performance.now()
      const due = Math.ceil((now + delayMs) / WIRE_MS) * WIRE_MS
      waiting.push({ due, bytes })
      timer ??= setTimeout(flow, due - now)
    }

    from.on('data', take)
    from.once('close', () => {
      sockets.delete(from)
      take(undefined)
    })
    from.on('error', () => {})
    sockets.add(from)
    pumps.add(flow)
    flow()
  }

  const server = createServer({ noDelay: true, pauseOnConnect: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
    pump(near, far)
    pump(far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const flowAll = (): void => pumps.forEach((flow) => flow())
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true
      flowAll()
    },
    slow: (ms) => void (delayMs = ms),
    heal() {
      isCut = false
      delayMs = 0
      flowAll()
    },
    get connections() {
      return pumps.size / 2
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
