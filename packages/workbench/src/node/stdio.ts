import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { realWorld } from '@waypost/kernel'
import { DISK_FOLDER, fileDisk, memoryDisk } from './disk.ts'
import type { Disk, Message, Program } from './program.ts'
import { startNode, type RunningNode } from './runtime.ts'

/**
 * Runs a program as a process under Maelstrom's protocol: JSON lines, messages in on standard input and out on standard
 * output, words for people on standard error. The process ends when its input does, and with status 1 when the program fails.
 */
export function runOnStdio(program: Program): void {
  // Maelstrom stops reading a node for good after one line that is no message.
  console.log = console.info = console.debug = console.error
  let node: RunningNode | undefined

  createInterface({ input: process.stdin })
    .on('line', (line) => {
      if (line.trim() === '') return
      const message = JSON.parse(line) as Message
      node ??= startNode(program, surroundings(message.dest))
      node.receive(message)
    })
    .on('close', () => process.exit())
}

function surroundings(nodeId: string): Parameters<typeof startNode>[1] {
  return {
    world: realWorld(),
    args: process.argv.slice(2),
    disk: diskOf(nodeId),
    send: (message) => void process.stdout.write(`${JSON.stringify(message)}\n`),
    log: (line) => console.error(line),
    fail(fault) {
      console.error(fault)
      process.exit(1)
    },
  }
}

function diskOf(nodeId: string): Disk {
  const folder = process.env[DISK_FOLDER]
  return folder === undefined ? memoryDisk() : fileDisk(join(folder, `${nodeId}.jsonl`))
}
