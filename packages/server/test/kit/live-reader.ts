import { once } from 'node:events'
import http from 'node:http'

export interface LiveEvent {
  readonly kind: string
  readonly seq: number
  /** A check-in, or an account. */
  readonly subject: string
}

/** Somebody who follows `/live`, as a browser does: they go on from the last id wherever they connect next. */
export class LiveReader {
  /** Everything that was told, in order, over all connections. */
  readonly events: LiveEvent[] = []
  #lastId: string | undefined
  #request: http.ClientRequest | undefined
  /** Told since the last id: a browser that loses the connection here is told them again. */
  #sinceId = 0

  /** Resolves once the server has answered. */
  async follow(url: string): Promise<void> {
    this.#request?.destroy()
    const headers = this.#lastId === undefined ? {} : { 'last-event-id': this.#lastId }
    this.events.length -= this.#sinceId
    this.#sinceId = 0
    const request = http.get(`${url}/live`, { headers, agent: false })
    this.#request = request
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (text + chunk).split('\n\n')
      text = parts.pop()!
      for (const part of parts) this.#take(part)
    })
    for (const stream of [request, response]) stream.on('error', () => {})
  }

  close(): void {
    this.#request?.destroy()
  }

  #take(part: string): void {
    const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1]
    const kind = field('event')
    if (kind === undefined) return
    const data = JSON.parse(field('data')!) as { seq?: number; uri?: string; did?: string; checkin?: { uri: string } }
    this.events.push({ kind, seq: data.seq ?? 0, subject: data.checkin?.uri ?? data.uri ?? data.did ?? '' })
    this.#sinceId++
    if (field('id') === undefined) return
    this.#lastId = field('id')
    this.#sinceId = 0
  }
}
