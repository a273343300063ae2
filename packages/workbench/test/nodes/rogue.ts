#!/usr/bin/env node
/** An echo node that misbehaves at its fifth echo, in the way that its first argument names. */
import { createInterface } from 'node:readline'
import type { Message } from '../../src/node/program.ts'

const [way] = process.argv.slice(2)
let echoes = 0

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { src, dest, body } = JSON.parse(line) as Message
    if (body.type === 'echo') echoes++
    if (echoes === 5) misbehave(dest)
    if (echoes >= 5 && way === 'mute') return
    const answer = body.type === 'init' ? { type: 'init_ok' } : { type: 'echo_ok', echo: body['echo'] }
    say({ src: dest, dest: src, body: { ...answer, in_reply_to: body.msg_id } })
  })
  .on('close', () => process.exit())

function misbehave(self: string): void {
  if (way === 'dies') {
    console.error('I have had enough')
    process.exit(3)
  }
  if (way === 'prints') console.log('debug: fifth echo')
  if (way === 'unknown-key') say({ src: self, dest: 'c0', body: { type: 'hello' }, priority: 1 })
  if (way === 'wrong-destination') say({ src: self, dest: 'n99', body: { type: 'hello' } })
}
