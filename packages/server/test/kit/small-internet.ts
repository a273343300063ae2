import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import net, { type AddressInfo, type LookupFunction } from 'node:net'
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls'

/**
 * An internet of a few names, for tests of what must not be reached by any of them. Its resolver says whatever it is
 * told to; a connection by TLS that was let through ends, without TLS, at the server of that name on 127.0.0.1. Nothing
 * leaves this machine. Only one at a time: while it is open, all TLS of the process goes through it.
 */
export interface SmallInternet extends AsyncDisposable {
  /** What the resolver says, of any name, answer after answer; the last one stays. No answer at all: no such name. */
  resolve(name: string, ...answers: readonly (readonly string[])[]): void
  /** Who answers under a name: a server of its own, or the one that is reached by this URL. */
  serve(name: string, listener: RequestListener): Promise<Server>
  lead(name: string, url: string): void
  readonly lookup: LookupFunction
  /** Names that were looked up, and addresses that were connected to, in order. */
  readonly asked: readonly string[]
  readonly reached: readonly string[]
}

/** A port at which nobody listens. */
const NOBODY = 9

export function openSmallInternet(): SmallInternet {
  const answers = new Map<string, (readonly string[])[]>()
  const ports = new Map<string, number>()
  const servers: Server[] = []
  const asked: string[] = []
  const reached: string[] = []

  const lookup: LookupFunction = (hostname, options, callback) => {
    asked.push(hostname)
    const left = answers.get(hostname) ?? []
    const found = left.length > 1 ? left.shift()! : (left[0] ?? [])
    const addresses = found.map((address) => ({ address, family: net.isIP(address) }))
    setImmediate(() => {
      if (found.length === 0)
        callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), [])
      else if (options.all) callback(null, addresses)
      else callback(null, addresses[0]!.address, addresses[0]!.family)
    })
  }

  const connectByTls = tls.connect
  /** The cable: what the guard lets through is noted, and led to the server of that name. */
  function connect(options: ConnectionOptions): TLSSocket {
    const name = options.host!
    const socket = net.connect({
      host: name,
      port: ports.get(name) ?? NOBODY,
      lookup(hostname, wanted, callback) {
        const home = { address: '127.0.0.1', family: 4 }
        options.lookup!(hostname, wanted, (error, address) => {
          if (error) return callback(error, [])
          reached.push(...(Array.isArray(address) ? address.map((each) => each.address) : [address]))
          if (wanted.all) callback(null, [home])
          else callback(null, home.address, home.family)
        })
      },
    })
    socket.once('connect', () => socket.emit('secureConnect'))
    return socket as TLSSocket
  }
  tls.connect = connect as typeof tls.connect

  return {
    lookup,
    asked,
    reached,
    resolve: (name, ...all) => void answers.set(name, [...all]),
    async serve(name, listener) {
      const server = createServer(listener)
      // Whoever is refused may hang up while it is still being written to.
      server.on('connection', (socket) => socket.on('error', () => socket.destroy()))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      servers.push(server)
      ports.set(name, (server.address() as AddressInfo).port)
      return server
    },
    lead: (name, url) => void ports.set(name, Number(new URL(url).port)),
    async [Symbol.asyncDispose]() {
      answers.clear()
      tls.connect = connectByTls
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
        await once(server, 'close')
      }
    },
  }
}
