import { lookup } from 'node:dns/promises'
import { connect as connectTcp, isIPv6, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls'
import type { CloseReason, LinkId, LwwMap } from '@waypost/gossip'
import { atMost, type World } from '@waypost/kernel'
import { driveMesh, type MeshDriver, type SharedMap } from './drive.ts'
import { createFrameReader, frameBytes, type FrameEnd } from './frames.ts'
import { handshakeFault, secretTls, type HandshakeFault } from './secret-tls.ts'

/**
 * The links of this process to the others of its cluster: sockets and timers around the mesh of `packages/gossip`, which
 * decides everything. In: addresses of others, what is written here. Out: what others wrote, who is alive. Promise: only
 * who has the secret is heard, and nobody else can read along; nothing of it is on disk or in a log line.
 */
export interface Links extends AsyncDisposable {
  /** The port that was really taken. */
  readonly port: number
  /** What this process wrote into a map. */
  wrote(map: string, delta: LwwMap<unknown>): void
  health(id: string): ReturnType<MeshDriver['health']>
  /** Nodes to which there is a link. */
  linked(): readonly string[]
}

export type LinkFault = CloseReason | FrameEnd | HandshakeFault | 'too-many' | 'too-slow'

export interface LinksOptions {
  readonly world: World
  /** Tells this process from all others. */
  readonly self: string
  /** Both sides of a link must be of the same. */
  readonly cluster: string
  readonly secret: string
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Where others are, as HOST:PORT; a name may stand for many. */
  readonly peers: readonly string[]
  readonly maps: Readonly<Record<string, SharedMap>>
  /** Whether others are told where to dial us. */
  readonly isTold?: boolean
  /** A link ended for a reason, or none came about. */
  readonly refused: (reason: LinkFault, host: string) => void
  readonly changed?: () => void
}

const LINKS_MAX = 128
/** Connections that have not yet shown that they know the secret. */
const STRANGERS_MAX = 32
/** What waits for a slow reader; all people of a full map are some 7 MB. Past this the link ends, and begins anew. */
const QUEUED_BYTES_MAX = 16 * 1_048_576
const CONNECT_MS_MAX = 500
const HANDSHAKE_MS_MAX = 3_000
/** Names are looked up again: pods come and go. */
const LOOK_UP_EVERY_MS = 5_000
const ENDING_MS_MAX = 200
/** Nothing is wrong: two found each other twice, or one found itself. */
const HARMLESS: ReadonlySet<LinkFault> = new Set(['self', 'already-linked'])

export async function startLinks(options: LinksOptions): Promise<Links> {
  const { world, self, cluster, secret, host, maps, refused, changed } = options
  const tls = secretTls(secret)
  const sockets = new Map<LinkId, TLSSocket>()
  const dialling = new Set<Socket>()
  let next = 1

  const server = createServer({ ...tls.accept, handshakeTimeout: HANDSHAKE_MS_MAX }, (socket) => {
    strangers.delete(endOf(socket))
    open(socket, { host: hostOf(socket.remoteAddress) })
  })
  /** By whence they come: who has shown nothing yet. They can't take the place of who has. */
  const strangers = new Map<string, Socket>()
  server.on('connection', (socket: Socket) => {
    const from = endOf(socket)
    if (strangers.size >= STRANGERS_MAX || sockets.size >= LINKS_MAX) {
      socket.destroy()
      return refused('too-many', hostOf(socket.remoteAddress))
    }
    strangers.set(from, socket)
    socket.once('close', () => strangers.delete(from))
  })
  server.on('tlsClientError', (error, socket) => {
    if (strangers.has(endOf(socket))) refused(handshakeFault(error), hostOf(socket.remoteAddress))
    socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port: options.port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo

  const mesh = driveMesh({
    world,
    self,
    cluster,
    port: options.isTold === false ? 0 : port,
    maps,
    carrier: { dial, send, close },
    ...(changed && { changed }),
  })
  const { feed } = mesh

  function close(link: LinkId, reason: CloseReason): void {
    const socket = sockets.get(link)
    if (!HARMLESS.has(reason)) refused(reason, hostOf(socket?.remoteAddress))
    socket?.destroy()
  }

  function send(link: LinkId, frame: object): void {
    const socket = sockets.get(link)
    if (!socket || socket.destroyed) return
    if (socket.writableLength > QUEUED_BYTES_MAX) {
      refused('too-slow', hostOf(socket.remoteAddress))
      return void socket.destroy()
    }
    socket.write(frameBytes(frame))
  }

  function dial(address: string): void {
    const at = address.lastIndexOf(':')
    const target = { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) }
    const raw = connectTcp({ ...target, noDelay: true })
    dialling.add(raw)
    let isOpen = false
    const limit = new AbortController()
    const giveUpAfter = (ms: number, isStuck: () => boolean): void =>
      void world.timers.sleep(ms, limit.signal).then(() => {
        if (!limit.signal.aborted && isStuck()) raw.destroy()
      })
    giveUpAfter(CONNECT_MS_MAX, () => raw.connecting)
    raw.on('error', () => {
      // It closes, and is dialled again.
    })
    raw.once('close', () => {
      limit.abort()
      dialling.delete(raw)
      if (!isOpen) feed({ kind: 'unreachable', address })
    })
    raw.once('connect', () => {
      giveUpAfter(HANDSHAKE_MS_MAX, () => !isOpen)
      const socket = connectTls({ ...tls.dial, socket: raw })
      socket.on('error', (error) => {
        const fault = isOpen ? undefined : handshakeFault(error)
        // Whoever goes away while they are greeted is no news.
        if (fault === 'wrong-secret' || fault === 'no-tls') refused(fault, target.host)
        raw.destroy()
      })
      socket.once('secureConnect', () => {
        isOpen = true
        limit.abort()
        open(socket, { host: target.host, dialled: address })
      })
    })
  }

  function open(socket: TLSSocket, { host: from, dialled }: { host: string; dialled?: string }): void {
    const link = next++
    sockets.set(link, socket)
    socket.setNoDelay(true)
    const reader = createFrameReader((frame) => feed({ kind: 'frame', link, frame }))
    socket.on('data', (chunk: Buffer) => {
      const end = socket.destroyed ? undefined : reader.push(chunk)
      if (end === undefined) return
      refused(end, from)
      socket.destroy()
    })
    socket.on('error', () => {
      // It closes: that is all that matters.
    })
    socket.once('close', () => {
      sockets.delete(link)
      feed({ kind: 'closed', link })
    })
    feed({ kind: 'opened', link, host: from, ...(dialled !== undefined && { dialled }) })
  }

  const resolved = new Map<string, readonly string[]>()
  async function lookUp(): Promise<void> {
    await Promise.all(
      options.peers.map(async (peer) => {
        // A name that leads nowhere for a while keeps what it led to.
        const found = await addressesOf(peer).catch(() => undefined)
        if (found && found.length > 0) resolved.set(peer, found)
      }),
    )
    feed({ kind: 'addresses', addresses: [...new Set([...resolved.values()].flat())] })
  }
  const looking = world.timers.every(LOOK_UP_EVERY_MS, lookUp)
  feed({ kind: 'tick' })
  void lookUp()

  return {
    port,
    wrote: (map, delta) => feed({ kind: 'wrote', map, delta }),
    health: mesh.health,
    linked: mesh.linked,
    async [Symbol.asyncDispose]() {
      looking[Symbol.dispose]()
      feed({ kind: 'leave' })
      mesh.stop()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets.values()) socket.end()
      for (const raw of [...dialling].filter((each) => each.connecting)) raw.destroy()
      await atMost(world.timers, ENDING_MS_MAX, closed)
      for (const socket of [...sockets.values(), ...strangers.values(), ...dialling]) socket.destroy()
      await closed
    },
  }
}

/** Every address that a peer's name stands for now. Rejects where nobody knows it. */
async function addressesOf(peer: string): Promise<readonly string[]> {
  const at = peer.lastIndexOf(':')
  const found = await lookup(peer.slice(0, at).replace(/^\[|\]$/g, ''), { all: true })
  return found.map(({ address }) => `${hostOf(address)}:${peer.slice(at + 1)}`)
}

function endOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`
}

/** As it stands in an address: IPv4 as such, IPv6 in brackets. */
function hostOf(address: string | undefined): string {
  const plain = (address ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '')
  return isIPv6(plain) ? `[${plain}]` : plain
}
