import { Worker } from 'node:worker_threads'
import { assert, type Result } from '@waypost/kernel'
import type { CommitFrame } from '#wire/frame.ts'
import type { Fault } from '#verify/blocks.ts'
import { checkedFrom, packBatch, type Verdict } from '#verify/check-message.ts'
import { checkCommit, type CheckedCommit } from '#verify/commit.ts'
import type { PublicKey } from '#verify/did-key.ts'

/**
 * Checks commits, on threads of their own where there are many.
 * In: commits and the keys that they should be signed with. Out: what `checkCommit` says of each.
 * Promise: a commit gets the same verdict wherever it is checked. Whoever wants an order asks for the next one after the
 * answer to the last; the ingest does that for each person.
 */
export interface Checks {
  check(frame: CommitFrame, key: PublicKey): Result<CheckedCommit, Fault> | Promise<Result<CheckedCommit, Fault>>
  /** Of each thread that does it, since it began; nothing where there are none. */
  usage?(): readonly ThreadUsage[]
}

export interface ThreadUsage {
  /** For how long it has worked. */
  readonly busyMs: number
  /** Commits that it has in work. */
  readonly queued: number
}

export interface CheckPool extends Checks, AsyncDisposable {
  /** How many commits went to other threads so far. */
  handedOver(): number
  usage(): readonly ThreadUsage[]
}

/** Everything on the thread that asks. */
export const checksHere: Checks = { check: checkCommit }

/** So few in one turn of the event loop are checked at once: handing them over would take as long. */
const CHECKED_HERE_MAX = 4
/** One batch: more of them would let the others wait, fewer cost more handing over. */
const BATCH_COMMITS_MAX = 64
/** A thread has one batch in work and one that waits, so that it never waits itself. */
const BATCHES_PER_THREAD_MAX = 2

interface Asked {
  readonly frame: CommitFrame
  readonly key: PublicKey
  readonly resolve: (checked: ReturnType<Checks['check']>) => void
  readonly reject: (error: unknown) => void
}

interface Thread {
  readonly worker: Worker
  isReady: boolean
  readonly batches: (readonly Asked[])[]
}

/** `threads`: how many; they are started when there is more to check than one turn of the loop should take. */
export function createCheckPool({ threads: count }: { readonly threads: number }): CheckPool {
  let handedOver = 0
  let threads: Thread[] = []
  let waiting: Asked[] = []
  let isFlushing = false
  let failure: unknown

  function start(): Thread {
    const worker = new Worker(new URL('./check-worker.ts', import.meta.url))
    const thread: Thread = { worker, isReady: false, batches: [] }
    worker.on('message', (answer: 'ready' | readonly Verdict[]) => {
      if (answer === 'ready') thread.isReady = true
      else settle(thread.batches.shift()!, answer)
      flush()
    })
    worker.on('error', (error) => {
      failure ??= error
      for (const asked of [...threads.flatMap(({ batches }) => batches.flat()), ...waiting]) asked.reject(error)
      waiting = []
    })
    // It keeps nothing alive: whoever waits for an answer has something else that does.
    worker.unref()
    return thread
  }

  function settle(batch: readonly Asked[], verdicts: readonly Verdict[]): void {
    assert(batch.length === verdicts.length, 'a verdict for each')
    for (const [index, { frame, resolve }] of batch.entries()) resolve(checkedFrom(verdicts[index]!, frame))
  }

  function flush(): void {
    isFlushing = false
    const isMuch = waiting.length > CHECKED_HERE_MAX
    if (isMuch && threads.length < count) threads = Array.from({ length: count }, start)
    if (!isMuch || !threads.some(({ isReady }) => isReady)) return checkHere()
    for (const thread of threads) {
      const { worker, batches } = thread
      while (thread.isReady && batches.length < BATCHES_PER_THREAD_MAX && waiting.length > 0) {
        const batch = waiting.splice(0, Math.min(BATCH_COMMITS_MAX, Math.ceil(waiting.length / count)))
        batches.push(batch)
        handedOver += batch.length
        const packed = packBatch(batch)
        worker.postMessage(packed, [packed.bytes.buffer])
      }
    }
  }

  function checkHere(): void {
    const here = waiting.splice(0)
    for (const { frame, key, resolve } of here) resolve(checksHere.check(frame, key))
  }

  return {
    check(frame, key) {
      return new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure)
        waiting.push({ frame, key, resolve, reject })
        if (isFlushing) return
        isFlushing = true
        setImmediate(flush)
      })
    },
    handedOver: () => handedOver,
    usage: () =>
      threads.map(({ worker, batches }) => ({
        busyMs: worker.performance.eventLoopUtilization().active,
        queued: batches.reduce((sum, { length }) => sum + length, 0),
      })),
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map(({ worker }) => worker.terminate()))
    },
  }
}
