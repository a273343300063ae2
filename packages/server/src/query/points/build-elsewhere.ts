import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Tree } from './tree.ts'

/**
 * Builds trees on a thread of their own, one after another, since one of a million points takes more than half a second.
 * Takes the arrays over; nothing is copied. The thread stays for the next one: to begin it takes longer than a tree of
 * a hundred thousand points. It keeps no process from ending.
 */
export function createBuilder(): (vectors: Float64Array, slots: Uint32Array) => Promise<Tree> {
  let worker: Worker | undefined
  return async (vectors, slots) => {
    worker ??= new Worker(new URL('./tree-worker.ts', import.meta.url))
    worker.ref()
    const answer = once(worker, 'message')
    worker.postMessage({ vectors, slots }, [vectors.buffer as ArrayBuffer, slots.buffer as ArrayBuffer])
    const [tree] = (await answer) as [Tree]
    worker.unref()
    return tree
  }
}
