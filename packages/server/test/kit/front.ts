import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Stands in front of a host on 127.0.0.1: answers what it is told to itself, and passes the rest on. Queries only. */
export interface Front extends AsyncDisposable {
  readonly url: string
}

/** False: it is passed on. */
export type Answering = (method: string, params: URLSearchParams, response: ServerResponse) => boolean

export async function startFront(target: string, answering: Answering): Promise<Front> {
  async function passOn(path: string, response: ServerResponse): Promise<void> {
    const answer = await fetch(target + path)
    const type = answer.headers.get('content-type') ?? 'application/json'
    response.writeHead(answer.status, { 'content-type': type }).end(Buffer.from(await answer.arrayBuffer()))
  }
  const http = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://front')
    const method = url.pathname.slice('/xrpc/'.length)
    if (!answering(method, url.searchParams, response)) {
      passOn(url.pathname + url.search, response).catch(() => response.destroy())
    }
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      http.close()
      http.closeAllConnections()
      await once(http, 'close')
    },
  }
}

export function answerJson(response: ServerResponse, body: object, status = 200, headers: object = {}): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  return true
}
