/** What a replay wants to know of a running Waypost server, over its public endpoints. */
export interface ServerClient {
  /** Visible check-ins, as the server counts them; undefined where it does not say. Rejects where it cannot be reached. */
  checkinCount(): Promise<number | undefined>
  /** Asks the server to follow a host (`127.0.0.1:port`). Rejects with the server's words where it will not. */
  requestCrawl(hostname: string): Promise<void>
  /** How many messages and records the server has refused since its start, by reason. */
  refusals(): Promise<ReadonlyMap<string, number>>
}

const ANSWER_WITHIN_MS = 10_000

export function connectServer(url: string): ServerClient {
  async function ask(path: string, init?: RequestInit): Promise<Response> {
    return fetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
  }
  return {
    async checkinCount() {
      const response = await ask('/xrpc/app.waypost.server.getInfo')
      if (!response.ok) throw new Error(`app.waypost.server.getInfo answered ${response.status}`)
      return ((await response.json()) as { checkinCount?: number }).checkinCount
    },
    async requestCrawl(hostname) {
      const response = await ask('/xrpc/com.atproto.sync.requestCrawl', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ hostname }),
      })
      if (!response.ok) throw new Error(`requestCrawl answered ${response.status}: ${await response.text()}`)
      await response.body?.cancel()
    },
    async refusals() {
      const response = await ask('/metrics')
      return refusalsIn(response.ok ? await response.text() : '')
    },
  }
}

/** The counters of refusals in a Prometheus text: every `waypost_…refus…{…reason="…"…}`, summed by reason. */
export function refusalsIn(text: string): ReadonlyMap<string, number> {
  const refusals = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, reason = '', value = ''] = /^waypost_\w*refus\w*\{[^}]*reason="([^"]+)"[^}]*\} (\S+)/.exec(line) ?? []
    if (Number(value) > 0) refusals.set(reason, (refusals.get(reason) ?? 0) + Number(value))
  }
  return refusals
}

/** What `after` has more than `before`. */
export function increase(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const grown = [...after].map(([reason, value]) => [reason, value - (before.get(reason) ?? 0)] as const)
  return new Map(grown.filter(([, value]) => value > 0))
}
