import { Worker } from 'node:worker_threads'
import { BEGUN, type Found, type Job } from './job.ts'

/**
 * Copies a read model, or reads all of it, on a thread of its own: either takes seconds for each million check-ins, and
 * meanwhile the others are answered. Rejects where there is no room, or the file is not a read model of this version.
 */
export function onThread(job: Job): Promise<Found> {
  return beginOnThread(job).found
}

/** `begun` resolves once what is found will be what the file holds now; where that fails it resolves too. */
export function beginOnThread(job: Job): { readonly begun: Promise<void>; readonly found: Promise<Found> } {
  const worker = new Worker(new URL('./thread-main.ts', import.meta.url), { workerData: job })
  const begun = Promise.withResolvers<void>()
  const found = Promise.withResolvers<Found>()
  worker.on('message', (message: typeof BEGUN | Found) => {
    if (message === BEGUN) begun.resolve()
    else found.resolve(message)
  })
  worker.on('error', found.reject)
  worker.on('exit', (code) => found.reject(new Error(`the thread ended with ${code}`)))

  async function end(): Promise<Found> {
    try {
      return await found.promise
    } finally {
      begun.resolve()
      await worker.terminate()
    }
  }
  return { begun: begun.promise, found: end() }
}
