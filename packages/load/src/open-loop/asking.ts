import { Agent, get } from 'node:http'

/** Whoever asks a server as browsers do, over connections that stay open. */
export interface Asker extends Disposable {
  /** Answers the fault, if there was one: a status, a broken connection, no answer in time. The answer is read to its end. */
  ask(path: string, cookie: string | undefined): Promise<string | undefined>
  /** The same for a path whose answer is wanted. Throws where there is none. */
  json(path: string, cookie?: string): Promise<unknown>
}

/** Whoever has no answer by then goes away. */
export const ANSWER_MS_MAX = 10_000
/** Questions beyond wait for a connection, and their time counts. */
const CONNECTIONS_MAX = 256

export function createAsker(server: string): Asker {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX, scheduling: 'fifo' })
  const { hostname, port } = new URL(server)

  return {
    ask: (path, cookie) =>
      new Promise((resolve) => {
        // As a browser says it: answers come packed where that is worth it, and packing them is part of the work.
        const headers = { 'accept-encoding': 'gzip, br', ...(cookie !== undefined && { cookie }) }
        const request = get({ hostname, port, path, agent, headers }, (response) => {
          response.resume()
          response.once('end', () => settle(response.statusCode === 200 ? undefined : String(response.statusCode)))
          response.once('error', () => settle('broken off'))
        })
        const late = setTimeout(() => {
          settle('no answer')
          request.destroy()
        }, ANSWER_MS_MAX)
        function settle(fault: string | undefined): void {
          clearTimeout(late)
          resolve(fault)
        }
        request.once('error', (fault) => settle((fault as NodeJS.ErrnoException).code ?? fault.message))
      }),
    async json(path, cookie) {
      const answer = await fetch(new URL(path, server), {
        headers: cookie === undefined ? {} : { cookie },
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      })
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
      return answer.json()
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}
