import { once } from 'node:events'
import { connect } from 'node:net'
import { cpuSeconds } from '../proc.ts'
import { startRedis } from './servers.ts'

/** Timelines as lists in Redis. */
export interface RedisLists extends AsyncDisposable {
  /** A check-in to each of these lists of people; answers deliveries a CPU second of Redis. */
  deliver(checkins: readonly (readonly number[])[]): Promise<number>
}

/** As many as a ring of ours holds at most. */
const ENTRIES_MAX = 1_008
/** Deliveries of one write; as many are on the way at once. */
const PIPELINED = 2_000
const SETTINGS = '--appendonly yes --appendfsync everysec --auto-aof-rewrite-percentage 0'.split(' ')

export async function startRedisLists(note: (line: string) => void): Promise<RedisLists | undefined> {
  const peer = await startRedis(note, SETTINGS)
  if (peer === undefined) return undefined
  const socket = connect(peer.port, '127.0.0.1')
  await once(socket, 'connect')
  let awaited = 0
  let arrived = (): void => {}
  // Each answer is one line.
  socket.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) awaited--
    if (awaited === 0) arrived()
  })
  let id = 1_000_000

  async function send(commands: readonly string[]): Promise<void> {
    awaited = commands.length * 2
    const all = new Promise<void>((resolve) => (arrived = resolve))
    socket.write(commands.join(''))
    await all
  }

  return {
    async deliver(checkins) {
      const deliveries = checkins.flatMap((people) => {
        id++
        return people.map((person) => {
          const key = `t:${person}`
          const last = String(ENTRIES_MAX - 1)
          return `${command('LPUSH', key, String(id))}${command('LTRIM', key, '0', last)}`
        })
      })
      const before = cpuSeconds(peer.pid)
      for (let at = 0; at < deliveries.length; at += PIPELINED) await send(deliveries.slice(at, at + PIPELINED))
      return deliveries.length / (cpuSeconds(peer.pid) - before)
    },
    async [Symbol.asyncDispose]() {
      socket.destroy()
      await peer[Symbol.asyncDispose]()
    },
  }
}

function command(...parts: readonly string[]): string {
  return `*${parts.length}\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join('')}`
}
