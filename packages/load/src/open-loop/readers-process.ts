import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Reading, Run, Tick } from './readers.ts'

/** What a parent asks of the process; each is answered by one `done` or `failed`, `read` by ticks before. */
export type ReadersOrder =
  | { readonly kind: 'prepare'; readonly cookies: readonly string[] }
  | { readonly kind: 'follow'; readonly count: number }
  | { readonly kind: 'read'; readonly run: Run }
  /** Is not answered. */
  | { readonly kind: 'stop' }

export type ReadersWord =
  | { readonly kind: 'tick'; readonly tick: Tick }
  | { readonly kind: 'done'; readonly reading?: Reading }
  | { readonly kind: 'failed'; readonly message: string }

/** `Readers` in a process of their own, so that what they take is not the measuring one's. Disposing ends it. */
export interface ReadersProcess extends AsyncDisposable {
  readonly pid: number
  prepare(cookies: readonly string[]): Promise<void>
  follow(count: number): Promise<void>
  read(run: Run, onTick: (tick: Tick) => void): Promise<Reading>
  stop(): void
}

/** One question at a time, but for `stop`. */
export function startReadersProcess(options: { readonly server: string; readonly recording: string }): ReadersProcess {
  const child = fork(new URL('./readers-child.ts', import.meta.url), [options.server, options.recording])
  const ended = once(child, 'exit')

  function order(asked: ReadersOrder, onTick?: (tick: Tick) => void): Promise<Reading | undefined> {
    return new Promise((resolve, reject) => {
      function onWord(word: ReadersWord): void {
        if (word.kind === 'tick') return onTick?.(word.tick)
        child.off('message', onWord)
        child.off('exit', onExit)
        if (word.kind === 'failed') reject(new Error(word.message))
        else resolve(word.reading)
      }
      function onExit(): void {
        reject(new Error('the readers ended by themselves'))
      }
      child.on('message', onWord)
      child.once('exit', onExit)
      child.send(asked)
    })
  }

  return {
    pid: child.pid!,
    prepare: async (cookies) => void (await order({ kind: 'prepare', cookies })),
    follow: async (count) => void (await order({ kind: 'follow', count })),
    read: async (run, onTick) => (await order({ kind: 'read', run }, onTick))!,
    stop: () => void child.send({ kind: 'stop' } satisfies ReadersOrder),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
