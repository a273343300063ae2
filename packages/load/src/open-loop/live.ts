import { Agent, get, type ClientRequest } from 'node:http'

/** Somebody who follows the live feed, and when each check-in reached them (milliseconds since 1970). */
export interface Follower extends AsyncDisposable {
  readonly shownAt: ReadonlyMap<string, number>
}

export async function followLive(server: string): Promise<Follower> {
  const ending = new AbortController()
  const answer = await fetch(`${server}/live`, { signal: ending.signal })
  if (!answer.ok || !answer.body) throw new Error(`the live feed answered ${answer.status}`)
  const shownAt = new Map<string, number>()
  const reading = read(answer.body, shownAt).catch((error: unknown) => {
    if (!ending.signal.aborted) throw error
  })
  return {
    shownAt,
    async [Symbol.asyncDispose]() {
      ending.abort()
      await reading
    },
  }
}

/** Server-sent events: lines of fields, and an empty line behind each event. */
async function read(body: ReadableStream<Uint8Array>, shownAt: Map<string, number>): Promise<void> {
  let rest = ''
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const now = Date.now()
    const events = (rest + text).split('\n\n')
    rest = events.pop()!
    for (const event of events) {
      const data = /^event: checkin$/m.test(event) && /^data: (.*)$/m.exec(event)?.[1]
      if (!data) continue
      const { checkin } = JSON.parse(data) as { checkin: { uri: string } }
      if (!shownAt.has(checkin.uri)) shownAt.set(checkin.uri, now)
    }
  }
}

/** Many who follow the live feed and read past it: what they cost is the server's to bear. */
export interface Crowd extends AsyncDisposable {
  readonly count: number
  /** How many were hung up on. */
  readonly lost: number
  /** Comes to so many, a few at a time; rejects where the server does not let them in. */
  become(count: number): Promise<void>
}

/** So many knock at once. */
const KNOCKING_MAX = 50

export function openCrowd(server: string): Crowd {
  const agent = new Agent({ keepAlive: false, maxSockets: Infinity })
  const members = new Set<ClientRequest>()
  let lost = 0

  function join(): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = get(`${server}/live`, { agent }, (answer) => {
        if (answer.statusCode !== 200) {
          request.destroy()
          return reject(new Error(`the live feed answered ${answer.statusCode}`))
        }
        members.add(request)
        answer.resume()
        answer.once('close', () => {
          if (members.delete(request)) lost++
        })
        resolve()
      })
      request.once('error', reject)
    })
  }

  return {
    get count() {
      return members.size
    },
    get lost() {
      return lost
    },
    async become(count) {
      for (const member of [...members].slice(count)) {
        members.delete(member)
        member.destroy()
      }
      while (members.size < count) {
        await Promise.all(Array.from({ length: Math.min(KNOCKING_MAX, count - members.size) }, join))
      }
    },
    async [Symbol.asyncDispose]() {
      await this.become(0)
      agent.destroy()
    },
  }
}
