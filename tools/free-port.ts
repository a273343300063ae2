import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the ports that systems give to whoever asks for any (32,768 and up on Linux, 49,152 elsewhere).
const PORT_MIN = 10_000
const PORT_MAX = 32_767

const given = new Set<number>()

/**
 * A port of 127.0.0.1 that nobody listens on at the moment, a different one each time; for servers that must be told
 * theirs before they start. Drawn, not asked of the system, which gives a port that was let go of to the next that asks.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN + 1))
    if (given.has(port) || !(await canListenOn(port))) continue
    given.add(port)
    return port
  }
}

async function canListenOn(port: number): Promise<boolean> {
  const holder = createServer().listen(port, '127.0.0.1')
  try {
    await once(holder, 'listening')
  } catch {
    return false
  }
  holder.close()
  await once(holder, 'close')
  return true
}
