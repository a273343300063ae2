import { parentPort } from 'node:worker_threads'
import { assert } from '@waypost/kernel'
import { buildTree, type Tree } from './tree.ts'

/* A thread that builds trees. What goes wrong here is our own fault, and ends the process. */

const port = parentPort
assert(port, 'a thread that was given points')
port.on('message', ({ vectors, slots }: Omit<Tree, 'size'>) => {
  const tree = buildTree(vectors, slots)
  port.postMessage(tree, [tree.vectors.buffer as ArrayBuffer, tree.slots.buffer as ArrayBuffer])
})
