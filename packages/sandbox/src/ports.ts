import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { World } from '@waypost/kernel'

/** A child that lost its parent needs a moment to let go of its ports; past this, somebody else holds them. */
const PORT_WAIT_MS = 5_000
const PORT_POLL_MS = 100

/**
 * A server bound to 127.0.0.1 that answers 503 until it is given a handler; 0 takes any free port. Undefined where the
 * port is taken.
 */
export async function holdPort(port: number): Promise<Server | undefined> {
  const server = createServer((_request, response) => {
    if (server.listenerCount('request') === 1) response.writeHead(503, { connection: 'close' }).end()
  })
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return server
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
}

/** The same for a port that must be this one. Throws, naming it, when it stays taken. */
export async function holdThisPort(world: World, port: number, what: string): Promise<Server> {
  const until = world.clock.elapsed() + PORT_WAIT_MS
  for (;;) {
    const server = await holdPort(port)
    if (server) return server
    if (world.clock.elapsed() >= until) {
      throw new Error(
        `port ${port} on 127.0.0.1 is taken, and the sandbox's ${what} must have it again: ` +
          `its accounts name it. Stop the program that holds it (perhaps another Waypost) and start again.`,
      )
    }
    await world.timers.sleep(PORT_POLL_MS)
  }
}

export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return address.port
}

/**
 * Gives back what ends the server at once, with every connection. Node's own `closeAllConnections` forgets those that
 * have become streams of events, and `close` then waits for their readers.
 */
export function serverEnd(server: Server): () => Promise<void> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    for (const socket of open) socket.destroy()
    await closed
  }
}
