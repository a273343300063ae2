/** A CPU profile as V8 takes it: a tree of frames, and which of them was running at each sample. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples?: readonly number[]
  /** Microseconds since the sample before. */
  readonly timeDeltas?: readonly number[]
}

export interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

/** Of one thread: `main`, or what its worker runs. */
export interface ThreadProfile {
  readonly thread: string
  readonly profile: CpuProfile
}

export interface Profiling {
  /** Ends it; answers what was seen. */
  stop(): Promise<readonly ThreadProfile[]>
}

const SAMPLE_MICROS = 1_000
const OPENED_WITHIN_MS = 10_000
const ANSWERED_WITHIN_MS = 60_000
const LOOK_MS = 100

type Send = (method: string, params?: object) => Promise<unknown>

/**
 * Begins to profile a Node process, all its threads. Until then it runs as it always does: the signal opens its inspector
 * on the port that it was started with (`--inspect-port`).
 */
export async function startProfiling(pid: number, port: number): Promise<Profiling> {
  process.kill(pid, 'SIGUSR1')
  const socket = new WebSocket(await debuggerUrl(port))
  await opened(socket)
  const waiting = new Map<number, { resolve(value: unknown): void; reject(fault: Error): void }>()
  const workers = new Map<string, { readonly send: Send; readonly name: string }>()
  let asked = 0

  function ask(post: (id: number) => void): Promise<unknown> {
    const id = ++asked
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const late = setTimeout(() => reject(new Error('the inspector does not answer')), ANSWERED_WITHIN_MS)
    waiting.set(id, { resolve, reject })
    post(id)
    return promise.finally(() => clearTimeout(late))
  }
  const send: Send = (method, params = {}) => ask((id) => socket.send(JSON.stringify({ id, method, params })))
  const sendTo =
    (sessionId: string): Send =>
    (method, params = {}) =>
      ask((id) => {
        const message = JSON.stringify({ id, method, params })
        void send('NodeWorker.sendMessageToWorker', { sessionId, message })
      })

  function onMessage({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const asker = waiting.get(id)
      waiting.delete(id)
      if (error) asker?.reject(new Error(error.message))
      else asker?.resolve(result)
    } else if (method === 'NodeWorker.attachedToWorker') {
      const name = new URL(params.workerInfo.url, 'file://').pathname.split('/').at(-1)!.replace(/\.ts$/, '')
      workers.set(params.sessionId, { send: sendTo(params.sessionId), name })
    } else if (method === 'NodeWorker.detachedFromWorker') {
      workers.delete(params.sessionId)
    } else if (method === 'NodeWorker.receivedMessageFromWorker') {
      onMessage(JSON.parse(params.message) as Message)
    }
  }
  socket.addEventListener('message', ({ data }) => onMessage(JSON.parse(String(data)) as Message))
  await send('NodeWorker.enable', { waitForDebuggerOnStart: false })
  const threads = (): { readonly send: Send; readonly name: string }[] => [{ send, name: 'main' }, ...workers.values()]
  const begun = threads()
  for (const each of begun) {
    await each.send('Profiler.enable')
    await each.send('Profiler.setSamplingInterval', { interval: SAMPLE_MICROS })
    await each.send('Profiler.start')
  }
  return {
    async stop() {
      try {
        const profiles = begun.map(async (each): Promise<readonly ThreadProfile[]> => {
          // A worker that has ended meanwhile took its samples along.
          if (each.name !== 'main' && !threads().some(({ send: its }) => its === each.send)) return []
          const { profile } = (await each.send('Profiler.stop')) as { readonly profile: CpuProfile }
          return [{ thread: each.name, profile }]
        })
        return (await Promise.all(profiles)).flat()
      } finally {
        socket.close()
      }
    },
  }
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params: {
    readonly sessionId: string
    readonly message: string
    readonly workerInfo: { readonly url: string }
  }
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

async function debuggerUrl(port: number): Promise<string> {
  for (const until = performance.now() + OPENED_WITHIN_MS; ;) {
    try {
      const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
        readonly webSocketDebuggerUrl: string
      }[]
      if (target) return target.webSocketDebuggerUrl
    } catch (fault) {
      if (performance.now() > until) throw fault
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true })
    socket.addEventListener('error', () => reject(new Error('the inspector cannot be reached')), { once: true })
  })
}
