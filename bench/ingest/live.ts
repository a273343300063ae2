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
