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
      while (waiting[0] && waiting[0].due <= performance.now()) {
        const { bytes } = waiting.shift()!
        if (bytes === undefined) return end()
        if (!to.write(bytes)) {
          from.pause()
          to.once('drain', flow)
          return
        }
      }
      if (waiting[0]) timer = setTimeout(flow, waiting[0].due - performance.now())
      from.resume()
    }

    function end(): void {
      pumps.delete(flow)
      to.destroySoon()
    }

    from.on('data', (bytes: Buffer) => {
      waiting.push({ due: performance.now() + delayMs, bytes })
      if (timer === undefined) flow()
    })
    from.once('close', () => {
      sockets.delete(from)
      waiting.push({ due: performance.now() + delayMs, bytes: undefined })
      if (timer === undefined) flow()
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
