import type { Health } from '@waypost/gossip'
import type { Telemetry } from '@waypost/kernel'
import { Counter, Gauge } from 'prom-client'
import type { LinkFault } from './links.ts'

export interface LinkEvents {
  /** A link ended for a reason, or none came about. */
  linkRefused(reason: LinkFault, host: string): void
  /** How many processes of the cluster there are, by what is believed of them, and to how many there is a link. */
  replicas(counts: Readonly<Record<Health, number>>, linked: number): void
}

/** Of each reason so many lines are written in the life of a process, then every hundredth: who knocks all night fills no disk. */
const LINES_MAX = 10
const LINE_EVERY = 100

export function createLinkEvents({ log, metrics }: Telemetry): LinkEvents {
  const registers = [metrics]
  const refused = new Counter({
    name: 'waypost_links_refused_total',
    help: 'Links between processes that ended for a reason, or never came about',
    labelNames: ['reason'],
    registers,
  })
  const replicas = new Gauge({
    name: 'waypost_replicas',
    help: 'Processes of this cluster, this one too',
    labelNames: ['state'],
    registers,
  })
  const links = new Gauge({ name: 'waypost_links', help: 'Processes of this cluster that we reach', registers })
  const times = new Map<LinkFault, number>()
  return {
    linkRefused(reason, host) {
      refused.inc({ reason })
      const count = (times.get(reason) ?? 0) + 1
      times.set(reason, count)
      if (count <= LINES_MAX || count % LINE_EVERY === 0)
        log.warn({ reason, host, count }, 'no link to another process')
    },
    replicas(counts, linked) {
      for (const [state, count] of Object.entries(counts)) replicas.set({ state }, count)
      links.set(linked)
    },
  }
}
