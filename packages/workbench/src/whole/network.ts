import { ok, refuse, type Did, type Random } from '@waypost/kernel'
import { documentOf, type Identity } from '@waypost/load'
import type { Outbound } from '@waypost/server/stages'
import type { Host } from './host.ts'
import type { Life } from './life.ts'
import type { Tally } from './tally.ts'

export const DIRECTORY_URL = 'https://plc.example'

/** Everything that a process can reach: hosts by their origin, and the directory. */
export interface Network {
  readonly hosts: readonly Host[]
  readonly identities: Map<Did, Identity>
}

const LATENCY_MS_MAX = 40
const UTF8 = new TextEncoder()

/** The way out of one process. Questions take a while in both directions, and hosts that are away answer none. */
export function outboundOf(
  life: Life,
  network: Network,
  options: { readonly dice: Random; readonly tally: Tally },
): Outbound {
  const { dice, tally } = options
  const travel = (): Promise<void> => life.pass((dice.fraction() * LATENCY_MS_MAX) / 2)

  return {
    async fetch(address) {
      const url = new URL(address)
      await travel()
      const found = answerOf(network, url)
      await travel()
      if (found) return ok(found)
      tally.count('away')
      return refuse({ reason: 'unreachable', detail: url.host })
    },
    fetchLike: () => Promise.reject(new Error('nobody asks by this in a simulation')),
    socketLookup: () => ok((_name, _options, callback) => callback(new Error('there is no DNS'), [])),
  }
}

/** Undefined where nobody answers. */
function answerOf({ hosts, identities }: Network, url: URL): Answer | undefined {
  if (url.origin === DIRECTORY_URL) {
    const identity = identities.get(decodeURIComponent(url.pathname.slice(1)) as Did)
    return identity ? json(200, documentOf(identity)) : json(404, { message: 'DID not registered' })
  }
  const host = hosts.find((candidate) => candidate.url === url.origin)
  if (!host || host.mood.away) return undefined
  const reply = host.answer(url)
  if ('car' in reply) return { status: 200, headers: new Headers(), body: reply.car }
  if ('location' in reply) return answerOf({ hosts, identities }, new URL(reply.location))
  return 'json' in reply ? json(200, reply.json) : json(reply.status, { error: reply.error })
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

function json(status: number, value: object): Answer {
  return { status, headers: new Headers(), body: UTF8.encode(JSON.stringify(value)) }
}
