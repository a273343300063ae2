import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Playing } from './host.ts'

/** What a parent asks of the process; each is answered by one `state`. */
export type Order = ({ readonly kind: 'play' } & Playing) | { readonly kind: 'ask' }

export type Word =
  | { readonly kind: 'ready'; readonly url: string; readonly directoryUrl: string }
  | ({ readonly kind: 'state' } & HostState)

export interface HostState {
  readonly readers: number
  /** How many messages the furthest reader has been sent. */
  readonly sent: number
  /** When that was so, in milliseconds since 1970. */
  readonly atMs: number
}

/** A recorded host and the directory of its people, in a process of their own. Disposing ends it. */
export interface RecordedHostProcess extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  readonly directoryUrl: string
  /** Answers how things stood when it began. */
  play(options: Playing): Promise<HostState>
  state(): Promise<HostState>
}

/**
 * `others`: a file of other people's messages to mix it with, each behind its length in four bytes, little end first.
 * Rejects where the process ends before it is ready. One question at a time.
 */
export async function startRecordedHostProcess(options: {
  readonly recording: string
  readonly others?: string
}): Promise<RecordedHostProcess> {
  const { recording, others } = options
  const child = fork(new URL('./child.ts', import.meta.url), others === undefined ? [recording] : [recording, others])
  const ended = once(child, 'exit')
  const [ready] = (await Promise.race([once(child, 'message'), ended.then(() => [])])) as [Word?]
  if (ready?.kind !== 'ready') throw new Error('the recorded host ended before it was ready')

  async function ask(order: Order): Promise<HostState> {
    child.send(order)
    const [word] = (await once(child, 'message')) as [Word]
    if (word.kind !== 'state') throw new Error(`the recorded host said ${word.kind}`)
    return word
  }

  return {
    pid: child.pid!,
    url: ready.url,
    directoryUrl: ready.directoryUrl,
    play: (wanted) => ask({ kind: 'play', ...wanted }),
    state: () => ask({ kind: 'ask' }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
