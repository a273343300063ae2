import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type RequestListener, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { startBalancer } from './balancer.ts'

const isHealth = (url: string | undefined): boolean => url === '/health/ready'

async function serverOf(t: TestContext, listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => (server.close(), server.closeAllConnections()))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

test('whoever asks is answered by a server that is there, however another one fails; a write is sent once', async (t) => {
  let writes = 0
  const good = await serverOf(t, (request, response) => response.end(request.method === 'GET' ? 'good' : 'written'))
  const silent = await serverOf(t, (request, response) => {
    if (isHealth(request.url)) response.end()
  })
  const rude = await serverOf(t, (request, response) => {
    if (isHealth(request.url)) return response.end()
    if (request.method === 'POST') writes++
    response.destroy()
  })
  const unready = await serverOf(t, (request, response) => response.writeHead(isHealth(request.url) ? 503 : 500).end())
  const targets = [good.url, silent.url, rude.url, unready.url]
  await using balancer = await startBalancer({ targets })
  assert.deepEqual(balancer.ready().toSorted(), [good.url, silent.url, rude.url].toSorted())
  const answers = await Promise.all(targets.map(async () => (await fetch(balancer.url)).text()))
  assert.deepEqual(new Set(answers), new Set(['good']))
  await using alone = await startBalancer({ targets: [rude.url] })
  assert.equal((await fetch(alone.url, { method: 'POST', body: 'x' })).status, 502)
  assert.equal(writes, 1)
})

test('streams come as they are written, and upgraded connections go both ways', async (t) => {
  const { url, server } = await serverOf(t, (request, response) => {
    if (isHealth(request.url)) return response.end()
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('first')
  })
  server.on('upgrade', (request, socket: Socket) => {
    t.after(() => socket.destroy())
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: ${request.headers.upgrade}\r\n\r\n`)
    socket.pipe(socket)
  })
  await using balancer = await startBalancer({ targets: [url] })
  const request = get(`${balancer.url}/live`, { agent: false })
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream]
  assert.equal(String((await once(response, 'data'))[0]), 'first')
  request.destroy()
  const socket = connect(Number(new URL(balancer.url).port), '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write('GET /socket HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n')
  assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 101 .*upgrade: echo/s)
  socket.write('there and back')
  assert.equal(String((await once(socket, 'data'))[0]), 'there and back')
})
