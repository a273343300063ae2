import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { joinMaps, setDelta, type LwwMap } from '@waypost/gossip'
import { realWorld } from '@waypost/kernel'
import { startLinks, type Links, type LinksOptions } from './links.ts'

export const SECRET = '0123456789abcdef'.repeat(4)
const LIFE_MS = 7_200_000

/** For tests: one end of links on this machine, with a map of words. */
export interface End extends AsyncDisposable {
  readonly links: Links
  readonly refused: string[]
  write(key: string, value: string): void
  map(): LwwMap<unknown>
}

export async function startEnd(self: string, options: Partial<LinksOptions> = {}): Promise<End> {
  const world = realWorld()
  let map: LwwMap<unknown> = new Map()
  const refused: string[] = []
  const links = await startLinks({
    world,
    self,
    cluster: 'did:web:test',
    secret: SECRET,
    host: '127.0.0.1',
    port: 0,
    peers: [],
    maps: { words: { lifeMs: LIFE_MS, held: () => map, join: (delta) => void (map = joinMaps(map, delta)) } },
    refused: (reason) => void refused.push(reason),
    ...options,
  })
  return {
    links,
    refused,
    map: () => map,
    write(key, value) {
      const nowMs = world.clock.now()
      const delta = setDelta(map, { key, writer: self, nowMs }, value, nowMs + LIFE_MS)
      map = joinMaps(map, delta)
      links.wrote('words', delta)
    },
    [Symbol.asyncDispose]: () => links[Symbol.asyncDispose](),
  }
}

/** A way to a port of this machine that can be cut: then nothing passes, nobody is told, and nobody gets through. */
export interface Way extends AsyncDisposable {
  readonly port: number
  /** What was sent towards the port so far, of the newest connection. */
  sent(): Buffer
  cut(): Promise<void>
  heal(): Promise<void>
  /** Sends the last bytes towards the port once more. */
  repeatLast(): void
}

export async function startWay(to: number): Promise<Way> {
  const open = new Set<Socket>()
  let isCut = false
  let newest: { readonly out: Socket; readonly chunks: Buffer[] } | undefined
  const server = createServer((socket) => {
    const out = connect(to, '127.0.0.1')
    const chunks: Buffer[] = []
    newest = { out, chunks }
    for (const [from, on] of [
      [socket, out],
      [out, socket],
    ] as const) {
      open.add(from)
      from.on('data', (chunk: Buffer) => {
        if (isCut) return
        if (from === socket) chunks.push(chunk)
        on.write(chunk)
      })
      from.on('error', () => {
        // It closes.
      })
      from.on('close', () => {
        open.delete(from)
        if (!isCut) on.destroy()
      })
    }
  })
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    port,
    sent: () => Buffer.concat(newest?.chunks ?? []),
    async cut() {
      isCut = true
      server.close()
    },
    async heal() {
      // What hung in the cut stays lost, as with packets.
      for (const socket of open) socket.destroy()
      isCut = false
      await listen(port)
    },
    repeatLast: () => void newest?.out.write(newest.chunks.at(-1)!),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Looks again and again, for so long as a busy machine may need. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const world = realWorld()
  const endMs = world.clock.elapsed() + 20_000
  while (!isSo()) {
    if (world.clock.elapsed() > endMs) throw new Error(`not so: ${what}`)
    await world.timers.sleep(10)
  }
}
