import {
  healthOf,
  linked,
  newMesh,
  stepMesh,
  type CloseReason,
  type LinkId,
  type LwwMap,
  type MeshInput,
} from '@waypost/gossip'
import type { World } from '@waypost/kernel'

/** A map that all have alike. */
export interface SharedMap {
  /** No entry of it lasts longer. */
  readonly lifeMs: number
  held(): LwwMap<unknown>
  /** What another one wrote, not yet judged. */
  join(delta: LwwMap<unknown>): void
}

/** What carries links: sockets, or what a simulation has in their place. */
export interface Carrier {
  dial(address: string): void
  send(link: LinkId, frame: object): void
  close(link: LinkId, reason: CloseReason): void
}

/** The mesh of one process in one life, with its timers. In: what comes by the carrier, what is written here. */
export interface MeshDriver {
  feed(input: MeshInput): void
  health(id: string): ReturnType<typeof healthOf>
  linked(): readonly string[]
  /** Nothing more comes of it. */
  stop(): void
}

export function driveMesh(options: {
  readonly world: World
  readonly self: string
  readonly cluster: string
  /** Where others may dial this one; 0: nowhere. */
  readonly port: number
  readonly maps: Readonly<Record<string, SharedMap>>
  readonly carrier: Carrier
  readonly changed?: () => void
}): MeshDriver {
  const { world, self, cluster, port, maps, carrier, changed } = options
  const life = Buffer.from(world.random.bytes(8)).toString('hex')
  const mesh = newMesh({ self, life, cluster, port, maps })
  let isOver = false
  let wakeAtMs = Infinity
  let waking = new AbortController()
  const moment = {
    fraction: () => world.random.fraction(),
    map: (name: string) => maps[name]!.held(),
    get nowMs() {
      return world.clock.elapsed()
    },
    get wallMs() {
      return world.clock.now()
    },
  }

  function feed(input: MeshInput): void {
    if (isOver) return
    const { effects, wakeAtMs: next } = stepMesh(mesh, input, { ...moment })
    for (const effect of effects) {
      if (effect.kind === 'dial') carrier.dial(effect.address)
      else if (effect.kind === 'send') carrier.send(effect.link, effect.frame)
      else if (effect.kind === 'close') carrier.close(effect.link, effect.reason)
      else if (effect.kind === 'join') maps[effect.map]!.join(effect.delta)
      else changed?.()
    }
    if (next < wakeAtMs) void wakeAt(next)
  }

  async function wakeAt(atMs: number): Promise<void> {
    waking.abort()
    waking = new AbortController()
    wakeAtMs = atMs
    const { signal } = waking
    await world.timers.sleep(Math.max(0, atMs - world.clock.elapsed()), signal)
    if (signal.aborted) return
    wakeAtMs = Infinity
    feed({ kind: 'tick' })
  }

  return {
    feed,
    health: (id) => healthOf(mesh, id),
    linked: () => linked(mesh),
    stop() {
      isOver = true
      waking.abort()
    },
  }
}
