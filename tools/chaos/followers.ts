import { Agent, get, type ClientRequest } from 'node:http'
import { sleep } from './cluster.ts'

/**
 * Those who follow `/live` through the balancer, as browsers do: whoever loses the connection, or hears nothing for a
 * while, goes on after the last id at whichever replica the balancer names next.
 */
export interface Followers extends Disposable {
  readonly all: readonly Follower[]
  /** When the newest position was heard of, by anybody: gaps between these are what nobody saw anything new in. */
  readonly newestAt: number
  /** The longest of those gaps that ended since the last call, or goes on; ms. */
  longestSilence(): number
  /** What some of them heard, by position. */
  readonly noted: ReadonlyMap<number, string>
}

/** What one of them heard: positions without a gap between them as they came are one run. */
export interface Follower {
  readonly runs: readonly Run[]
  /** Positions that came again, or after a later one. */
  readonly repeats: number
  readonly connections: number
  readonly last: number
  /** The newest word of the server is that the feed is to be read again; nothing has come since. */
  readonly isTold: boolean
  /** What the server said instead of going on. */
  readonly faults: readonly string[]
}

export interface Run {
  readonly from: number
  readonly to: number
  /** Before it the server said that older events are no longer held, and the feed was to be read again. */
  readonly isTold: boolean
}

/** While so much is written, whoever hears nothing for so long looks elsewhere. */
const SILENCE_MS_MAX = 4_000
const AGAIN_MS = 250
/** So many also note what they hear: it is the same for all, and much. */
const NOTING = 2

export function startFollowers(options: { readonly url: string; readonly count: number }): Followers {
  const agent = new Agent({ keepAlive: false, maxSockets: Infinity })
  const noted = new Map<number, string>()
  let newest = 0
  let newestAt = performance.now()
  let longestMs = 0
  let isOver = false

  function heard(position: number): void {
    if (position <= newest) return
    const now = performance.now()
    longestMs = Math.max(longestMs, now - newestAt)
    newest = position
    newestAt = now
  }

  const all = Array.from({ length: options.count }, (_, nth) =>
    createFollower({ url: options.url, agent, isOver: () => isOver, heard, ...(nth < NOTING && { noted }) }),
  )
  return {
    all,
    noted,
    get newestAt() {
      return newestAt
    },
    longestSilence() {
      const longest = Math.max(longestMs, performance.now() - newestAt)
      longestMs = 0
      return longest
    },
    [Symbol.dispose]() {
      isOver = true
      for (const follower of all) follower.close()
      agent.destroy()
    },
  }
}

function createFollower(options: {
  readonly url: string
  readonly agent: Agent
  readonly isOver: () => boolean
  readonly heard: (position: number) => void
  readonly noted?: Map<number, string>
}): Follower & { close(): void } {
  const { url, agent, isOver, heard, noted } = options
  const runs: { from: number; to: number; isTold: boolean }[] = []
  const faults: string[] = []
  let repeats = 0
  let connections = 0
  let isTold = false
  let request: ClientRequest | undefined

  function take(part: string): void {
    if (part.startsWith('event: info')) {
      isTold = true
      return
    }
    if (part.startsWith('event: fault')) return void faults.push(part.slice(part.indexOf('{')))
    if (!part.startsWith('event: checkin')) return
    const at = part.indexOf('\nid: ')
    // Of several check-ins at one position the last one has the id; whoever loses the connection gets all of them again.
    if (at < 0) return
    const position = Number(part.slice(at + 5, part.indexOf('\n', at + 5)))
    const run = runs.at(-1)
    if (run && position <= run.to) return void repeats++
    if (run && position === run.to + 1 && !isTold) run.to = position
    else runs.push({ from: position, to: position, isTold })
    isTold = false
    heard(position)
    noted?.set(position, /"uri":"([^"]+)"/.exec(part)?.[1] ?? '')
  }

  function connectOnce(): Promise<void> {
    return new Promise((resolve) => {
      const last = runs.at(-1)?.to
      const headers = last === undefined ? {} : { 'last-event-id': String(last) }
      const opened = get(`${url}/live`, { agent, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          const parts = (text + chunk).split('\n\n')
          text = parts.pop()!
          for (const part of parts) take(part)
        })
        response.on('error', () => {})
        response.once('close', resolve)
      })
      request = opened
      connections++
      opened.setTimeout(SILENCE_MS_MAX, () => opened.destroy())
      opened.once('error', () => resolve())
      opened.once('close', resolve)
    })
  }

  async function follow(): Promise<void> {
    while (!isOver()) {
      await connectOnce()
      await sleep(AGAIN_MS)
    }
  }

  void follow()
  return {
    runs,
    faults,
    get repeats() {
      return repeats
    },
    get connections() {
      return connections
    },
    get isTold() {
      return isTold
    },
    get last() {
      return runs.at(-1)?.to ?? 0
    },
    close: () => void request?.destroy(),
  }
}
