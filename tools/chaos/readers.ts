import { Agent, get } from 'node:http'
import { sleep } from './cluster.ts'

/** People who read through the balancer, one question at a time each, with a rest between. */
export interface Readers extends AsyncDisposable {
  readonly asked: number
  /** When questions failed, by `performance.now()`: at the first try, and after the one retry of a client. */
  readonly failedOnce: readonly Failure[]
  readonly failed: readonly Failure[]
}

export interface Failure {
  readonly at: number
  readonly why: string
}

/** Whoever has no answer by then goes away. */
const ANSWER_MS_MAX = 5_000
const REST_MS = 1_000
/** Before the one retry of a client. */
const RETRY_MS = 500

/** `next` gives the path to ask for. A failure is a status of 500 and above, a refused or broken connection, or no answer in time. */
export function startReaders(options: {
  readonly url: string
  readonly count: number
  readonly next: () => string
}): Readers {
  const { url, count, next } = options
  const agent = new Agent({ keepAlive: true, maxSockets: count })
  const failedOnce: Failure[] = []
  const failed: Failure[] = []
  let asked = 0
  let isOver = false

  async function read(nth: number): Promise<void> {
    await sleep((nth / count) * REST_MS)
    while (!isOver) {
      const path = next()
      asked++
      const first = await tryOnce(url + path, agent)
      if (first !== undefined) {
        failedOnce.push({ at: performance.now(), why: first })
        await sleep(RETRY_MS)
        const second = await tryOnce(url + path, agent)
        if (second !== undefined) failed.push({ at: performance.now(), why: second })
      }
      await sleep(REST_MS)
    }
  }

  const reading = Promise.all(Array.from({ length: count }, (_, nth) => read(nth)))
  return {
    get asked() {
      return asked
    },
    failedOnce,
    failed,
    async [Symbol.asyncDispose]() {
      isOver = true
      await reading
      agent.destroy()
    },
  }
}

/** Why it failed; undefined where it did not. */
function tryOnce(url: string, agent: Agent): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent }, (response) => {
      response.resume()
      response.once('end', () => settle(response.statusCode! >= 500 ? String(response.statusCode) : undefined))
      response.once('error', () => settle('broken off'))
    })
    const late = setTimeout(() => {
      settle('no answer')
      request.destroy()
    }, ANSWER_MS_MAX)
    function settle(why: string | undefined): void {
      clearTimeout(late)
      resolve(why)
    }
    request.once('error', (fault) => settle((fault as NodeJS.ErrnoException).code ?? fault.message))
  })
}
