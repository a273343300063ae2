import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Questions over HTTP by connections that stay open, each of which asks when the one before it was answered. */

export interface Request {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

const CONNECTIONS = 32
const END_OF_HEAD = Buffer.from('\r\n\r\n')

export async function ask(port: number, { path, headers }: Request): Promise<{ readonly body: string }> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { ...headers, 'accept-encoding': 'identity' },
  })
  const body = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${body}`)
  return { body }
}

/**
 * Asks `count` of these, one after another and from the first again: as fast as they are answered, or at a pace, where a
 * question that finds no connection free is timed from when it was due. Milliseconds of the slowest hundredth.
 */
export async function load(
  port: number,
  requests: readonly Request[],
  { count, perSecond }: { readonly count: number; readonly perSecond?: number },
): Promise<{ readonly p99: number; readonly bytes: number }> {
  const sockets = await Promise.all(Array.from({ length: Math.min(CONNECTIONS, count) }, () => connected(port)))
  const times = new Float64Array(count)
  const start = performance.now()
  let due = 0
  let next = 0
  let answered = 0
  let bytes = 0
  const waiting: number[] = []
  const idle: ((asked: number) => void)[] = []
  const textOf = (): string => {
    const { path, headers } = requests[next % requests.length]!
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${lines.join('')}\r\n`
  }
  function ask(): void {
    const now = performance.now()
    const isDue = (): boolean =>
      perSecond === undefined ? waiting.length < idle.length : due <= ((now - start) / 1_000) * perSecond
    for (; due < count && isDue(); due++) waiting.push(now)
    while (waiting.length > 0 && idle.length > 0) idle.pop()!(waiting.shift()!)
  }
  async function askOver(socket: Socket): Promise<void> {
    let asked = 0
    let left = 0
    const send = (from: number): void => {
      asked = from
      socket.write(textOf())
      next++
    }
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      left = left === 0 ? lengthOf(chunk) - chunk.length : left - chunk.length
      if (left > 0) return
      times[answered++] = performance.now() - asked
      if (answered === count) for (const each of sockets) each.end()
      idle.push(send)
      ask()
    })
    idle.push(send)
    ask()
    await once(socket, 'close')
  }
  const pace = setInterval(ask, 1)
  await Promise.all(sockets.map(askOver))
  clearInterval(pace)
  if (answered !== count) throw new Error(`${answered} of ${count} were answered`)
  return { p99: times.sort()[Math.floor(count * 0.99)]!, bytes: bytes / count }
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setNoDelay()
  await once(socket, 'connect')
  return socket
}

/** Of a whole answer that begins here. */
function lengthOf(chunk: Buffer): number {
  const head = chunk.toString('latin1', 0, chunk.indexOf(END_OF_HEAD) + END_OF_HEAD.length)
  const length = /^content-length: (\d+)/im.exec(head)?.[1]
  if (!head.startsWith('HTTP/1.1 200') || length === undefined) throw new Error(`no page: ${head}`)
  return head.length + Number(length)
}
