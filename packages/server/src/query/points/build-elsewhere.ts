import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Tree } from './tree.ts'

/**
 * Builds a tree on a thread of its own, since one of a million points takes more than half a second. Takes the arrays
 * over; nothing is copied.
 */
export async function buildElsewhere(vectors: Float64Array, slots: Uint32Array): Promise<Tree> {
  const worker = new Worker(new URL('./tree-worker.ts', import.meta.url))
  try {
    const answer = once(worker, 'message')
    worker.postMessage({ vectors, slots }, [vectors.buffer as ArrayBuffer, slots.buffer as ArrayBuffer])
    const [tree] = (await answer) as [Tree]
    return tree
  } finally {
    void worker.terminate()
  }
}
