import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { openLink } from './link.ts'
import { sleep } from './cluster.ts'

/** Says back whatever it hears. */
async function startEcho() {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

test('a link that is cut lets nothing through and tells nobody; once whole, all comes in order', async () => {
  const echo = await startEcho()
  await using link = await openLink((echo.address() as AddressInfo).port)
  const client = connect({ port: link.port, host: '127.0.0.1' })
  let heard = ''
  let isClosed = false
  client.setEncoding('utf8').on('data', (text: string) => (heard += text))
  client.on('close', () => (isClosed = true))
  const hears = async (text: string): Promise<void> => {
    while (heard !== text) await sleep(5)
  }
  client.write('one ')
  await hears('one ')
  assert.equal(link.connections, 1)
  link.cut()
  client.write('two ')
  const late = connect({ port: link.port, host: '127.0.0.1' })
  late.write('x')
  await sleep(100)
  assert.deepEqual([heard, isClosed], ['one ', false])
  link.heal()
  await hears('one two ')
  link.slow(60)
  const from = performance.now()
  for (const word of ['a ', 'b ', 'c ']) client.write(word)
  link.heal()
  link.slow(60)
  await hears('one two a b c ')
  assert.ok(performance.now() - from >= 50)
  client.destroy()
  late.destroy()
  echo.close()
})
