import type { Random } from '@waypost/kernel'
import {
  createPresences,
  driveMesh,
  PRESENT_MS,
  readPresences,
  type MeshDriver,
  type Presences,
} from '@waypost/server/stages'
import type { Life } from './life.ts'
import { LINK_PORT, type Plug, type LinkNetwork } from './link-network.ts'

/** Who is here now, as one replica knows it, and its links to the others while they are wanted. */
export interface HereNow {
  readonly presences: Presences
  link(): void
  /** The links end, what is known stays. */
  unlink(): void
}

export function createHereNow(options: {
  readonly name: string
  readonly life: Life
  readonly dice: Random
  readonly linkNetwork: LinkNetwork
  /** All that may be linked, by where they are. */
  readonly peers: readonly string[]
}): HereNow {
  const { name, life, dice, linkNetwork, peers } = options
  const world = { ...life.world, random: dice }
  let current: { readonly driver: MeshDriver; readonly plug: Plug } | undefined
  const presences = createPresences({
    writer: Buffer.from(dice.bytes(8)).toString('hex'),
    told: (delta) => current?.driver.feed({ kind: 'wrote', map: 'presences', delta }),
  })

  return {
    presences,
    link() {
      if (current) return
      const plug = linkNetwork.plugIn(name, life, (input) => current?.driver.feed(input))
      const driver = driveMesh({
        world,
        self: name,
        cluster: 'did:web:waypost.example',
        port: LINK_PORT,
        maps: {
          presences: {
            lifeMs: PRESENT_MS,
            held: presences.held,
            join: (delta) => presences.join(readPresences(delta), world.clock.now()),
          },
        },
        carrier: plug,
      })
      current = { driver, plug }
      driver.feed({ kind: 'tick' })
      driver.feed({ kind: 'addresses', addresses: peers.map((peer) => `${peer}:${LINK_PORT}`) })
    },
    unlink() {
      current?.driver.stop()
      current?.plug.pull()
      current = undefined
    },
  }
}
