import type { Server } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { WebSocketServer, type WebSocket } from 'ws'
import { cursorOf, headFor, LAST_WORDS_MS_MAX, type Following } from './event-stream.ts'
import { LET_GO } from './event-text.ts'
import { faultFrame } from './frames.ts'
import type { Listener, Tail } from './tail.ts'

const PATH = '/xrpc/app.waypost.feed.subscribe'
/** Nobody has anything to tell us there. */
const MESSAGE_BYTES_MAX = 1_024

/** `app.waypost.feed.subscribe` as a WebSocket on the server of `app`. */
export function mountSubscription(
  app: FastifyInstance,
  { tail, logHead, liveRefusal }: Omit<Following, 'hidesFor'>,
): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false })
  const server = app.server as Server
  server.on('upgrade', (request, socket, head) => {
    const [path, search] = (request.url ?? '').split('?', 2)
    if (path !== PATH) return void socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n')
    const refused = liveRefusal()
    if (refused)
      return void socket.end(
        `HTTP/1.1 503 Service Unavailable\r\nretry-after: ${refused.retryAfterSeconds}\r\nconnection: close\r\n\r\n`,
      )
    const cursor = cursorOf(new URLSearchParams(search).get('cursor') ?? undefined)
    if (cursor === 'malformed') return void socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
    void headFor(tail, cursor, logHead).then((known) => {
      sockets.handleUpgrade(request, socket, head, (webSocket) =>
        serveFollower(tail, webSocket, { socket, cursor, logHead: known }),
      )
    })
  })
  app.addHook('preClose', async () => sockets.close())
}

interface Arrival {
  readonly socket: Duplex
  readonly cursor: number | undefined
  readonly logHead: number | undefined
}

function serveFollower(tail: Tail, webSocket: WebSocket, { socket, cursor, logHead }: Arrival): void {
  webSocket.on('error', () => webSocket.terminate())
  const following = tail.follow(listenerOn(webSocket, socket), cursor, logHead)
  if (following === 'full') return webSocket.close(1013, 'too many follow already')
  if (following === 'future') {
    socket.write(faultFrame('FutureCursor', 'the cursor is ahead of this server'))
    return webSocket.close(1008, 'FutureCursor')
  }
  socket.on('drain', () => following.drained())
  webSocket.on('close', () => following[Symbol.dispose]())
}

/** Frames are written to the socket as they are: they were made once for everyone. */
function listenerOn(webSocket: WebSocket, socket: Duplex): Listener {
  let answered = true
  webSocket.on('pong', () => (answered = true))
  return {
    format: 'frames',
    write: (bytes) => void socket.write(bytes),
    buffered: () => socket.writableLength,
    letGo(why) {
      const { message, code } = LET_GO[why]
      socket.write(faultFrame(why, message))
      webSocket.close(code, why)
      if (socket instanceof Socket) socket.setTimeout(LAST_WORDS_MS_MAX, () => socket.destroy())
    },
    end() {
      webSocket.close(1001, 'going away')
      // Does not wait for the other side to say goodbye as well.
      if (socket instanceof Socket) socket.destroySoon()
    },
    beat() {
      if (!answered) return webSocket.terminate()
      answered = false
      webSocket.ping()
    },
  }
}
