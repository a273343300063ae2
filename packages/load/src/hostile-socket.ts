import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { World } from '@waypost/kernel'
import type { FakeHost } from './fake-host.ts'
import { welcomeFor, type SocketVillainy } from './socket-villainy.ts'

/**
 * A host whose sockets misbehave, in front of one that is honest. On 127.0.0.1.
 * In: what to do to those who ask for one thing. Out: after so many times, the honest host's answer; all other requests
 * are the honest host's from the beginning.
 */
export interface HostileSocket extends AsyncDisposable {
  readonly url: string
  /** Those who asked for it, in order; the first of them were treated badly. Milliseconds of the world's clock. */
  readonly calls: readonly { readonly openedAt: number; readonly closedAt: number | undefined }[]
}

export async function startHostileSocket(options: {
  readonly world: World
  readonly behind: Pick<FakeHost, 'hostname'>
  readonly villainy: SocketVillainy
  /** So many are treated badly; all others are let through. */
  readonly turns: number
  /** How the path begins that they ask for: the stream's, without it. */
  readonly path?: string
}): Promise<HostileSocket> {
  const { world, behind, villainy, turns, path = '/xrpc/com.atproto.sync.subscribeRepos' } = options
  const calls: { openedAt: number; closedAt: number | undefined }[] = []
  const sockets = new Set<Socket>()

  function letThrough(socket: Socket, heard: string): void {
    const [host, port] = behind.hostname.split(':')
    const onward = connect(Number(port), host)
    sockets.add(onward)
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => (sockets.delete(one), other.destroy()))
    }
    // One request for each connection, or the next one would come past us.
    onward.write(heard.replace(/^connection: keep-alive/im, 'connection: close'), 'latin1')
    socket.pipe(onward).pipe(socket)
  }

  async function mistreat(socket: Socket, heard: string, turn: number): Promise<void> {
    const welcome = welcomeFor(/sec-websocket-key: *(\S+)/i.exec(heard)?.[1] ?? '')
    const closed = new AbortController()
    socket.once('close', () => closed.abort())
    const pause = (delayMs: number): Promise<void> => world.timers.sleep(delayMs, closed.signal)
    await villainy.act({ socket, welcome, turn, pause })
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    socket.once('data', (bytes: Buffer) => {
      const heard = bytes.toString('latin1')
      // What is no HTTP is somebody who begins with TLS.
      const isOther = heard.startsWith('GET ') && !decodeURIComponent(heard.split(' ', 2)[1]!).startsWith(path)
      if (isOther) return letThrough(socket, heard)
      const call = { openedAt: world.clock.elapsed(), closedAt: undefined as number | undefined }
      socket.once('close', () => (call.closedAt = world.clock.elapsed()))
      const turn = calls.push(call) - 1
      if (turn >= turns) letThrough(socket, heard)
      else void mistreat(socket, heard, turn)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
