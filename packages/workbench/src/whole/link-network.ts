import type { LinkId } from '@waypost/gossip'
import type { Random } from '@waypost/kernel'
import type { MeshDriver, Carrier } from '@waypost/server/stages'
import type { VirtualTime } from '../inside/virtual-time.ts'
import type { Life } from './life.ts'

/**
 * What stands between replicas that are linked: connections with delays. In: dials and frames. Out: links that open and
 * close, frames in order. A connection that was cut leads nowhere ever after, and neither side is told.
 */
export interface LinkNetwork {
  /** A process joins; what it is fed comes in its own life. */
  plugIn(name: string, life: Life, feed: MeshDriver['feed']): Plug
  /** Nothing passes between the two until all is healed. */
  cut(one: string, other: string): void
  heal(): void
}

export interface Plug extends Carrier {
  /** The process is gone: those to whom it was linked notice, where they can. */
  pull(): void
}

interface End {
  readonly name: string
  readonly life: Life
  readonly feed: MeshDriver['feed']
  readonly links: Map<LinkId, Far>
}

/** The other end of a link. */
interface Far {
  readonly end: End
  readonly link: LinkId
  /** When the newest frame on its way arrives: none overtakes another. */
  arrivesAtMs: number
  isTorn: boolean
}

/** At which all processes can be dialled. */
export const LINK_PORT = 4_100
const DELAY_MS_MIN = 1
const DELAY_MS_MAX = 20
/** A dial into a cut is given up after so long. */
const DIALLED_MS = 500

export function createLinkNetwork({ time, dice }: { readonly time: VirtualTime; readonly dice: Random }): LinkNetwork {
  const ends = new Map<string, End>()
  const cuts = new Set<string>()
  let next = 1

  const pairOf = (one: string, other: string): string => [one, other].toSorted().join(' | ')
  const isCut = (one: End, other: string): boolean => cuts.has(pairOf(one.name, other))
  const delayMs = (): number => DELAY_MS_MIN + dice.fraction() * (DELAY_MS_MAX - DELAY_MS_MIN)

  function dial(from: End, address: string): void {
    const name = address.slice(0, address.lastIndexOf(':'))
    const unreachable = (afterMs: number): void =>
      void from.life.after(afterMs, () => from.feed({ kind: 'unreachable', address }))
    time.after(delayMs(), () => {
      const to = ends.get(name)
      if (isCut(from, name)) return unreachable(DIALLED_MS)
      if (!to || ends.get(from.name) !== from) return unreachable(delayMs())
      const [here, there] = [next++, next++]
      from.links.set(here, { end: to, link: there, arrivesAtMs: 0, isTorn: false })
      to.links.set(there, { end: from, link: here, arrivesAtMs: 0, isTorn: false })
      from.life.after(0, () => from.feed({ kind: 'opened', link: here, host: name, dialled: address }))
      to.life.after(0, () => to.feed({ kind: 'opened', link: there, host: from.name }))
    })
  }

  function send(from: End, link: LinkId, frame: object): void {
    const far = from.links.get(link)
    if (!far || far.isTorn) return
    const { end, link: there } = far
    const nowMs = time.world.clock.elapsed()
    far.arrivesAtMs = Math.max(far.arrivesAtMs, nowMs + delayMs())
    const arrived: unknown = JSON.parse(JSON.stringify(frame))
    end.life.after(far.arrivesAtMs - nowMs, () => {
      if (end.links.get(there)?.isTorn === false) end.feed({ kind: 'frame', link: there, frame: arrived })
    })
  }

  /** Both sides hear of it, one after a while, and not by a connection that leads nowhere. */
  function close(from: End, link: LinkId): void {
    const far = from.links.get(link)
    if (!from.links.delete(link) || !far) return
    from.life.after(0, () => from.feed({ kind: 'closed', link }))
    if (!far.isTorn) drop(far)
  }

  function drop({ end, link }: Far): void {
    end.life.after(delayMs(), () => {
      if (end.links.delete(link)) end.feed({ kind: 'closed', link })
    })
  }

  return {
    plugIn(name, life, feed) {
      const end: End = { name, life, feed, links: new Map() }
      ends.set(name, end)
      return {
        dial: (address) => dial(end, address),
        send: (link, frame) => send(end, link, frame),
        close: (link) => close(end, link),
        pull() {
          if (ends.get(name) === end) ends.delete(name)
          for (const link of end.links.keys()) close(end, link)
        },
      }
    },
    cut(one, other) {
      cuts.add(pairOf(one, other))
      for (const end of ends.values()) for (const far of end.links.values()) far.isTorn ||= isCut(end, far.end.name)
    },
    heal: () => cuts.clear(),
  }
}
