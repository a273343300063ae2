import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Shown } from './message.ts'
import type { PushSubscription } from './subscriptions.ts'

/** For tests: browsers that can open what is sent to them, and the push service that they are at. */

export interface Browser {
  readonly subscription: PushSubscription
  /** What it was told so far, opened. */
  readonly told: readonly Shown[]
  /** Resolves once it was told so much. */
  toldAll(count: number): Promise<readonly Shown[]>
}

export interface PushService extends AsyncDisposable {
  browser(name: string): Browser
  /** Answers the next requests with these, then with 201 again. */
  answers(...statuses: readonly number[]): void
  /** All requests, whatever was answered. */
  readonly requests: number
}

/** On loopback. It refuses what a real one would: requests without its server's signature. */
export async function startPushService(): Promise<PushService> {
  const browsers = new Map<string, (body: Buffer) => void>()
  const statuses: number[] = []
  let requests = 0
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      requests++
      const status = statuses.shift() ?? 201
      assert.equal(request.headers['content-encoding'], 'aes128gcm')
      if (!isSigned(request, origin())) response.statusCode = 403
      else response.statusCode = status
      if (response.statusCode === 201) browsers.get(request.url!.slice(1))!(body)
      response.end('whatever it says')
    })
  })
  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    browser(name) {
      const keys = createECDH('prime256v1')
      const p256dh = keys.generateKeys('base64url')
      const secret = randomBytes(16)
      const told: Shown[] = []
      let heard = (): void => {}
      browsers.set(name, (body) => {
        told.push(JSON.parse(open(body, { keys, secret }).toString()) as Shown)
        heard()
      })
      return {
        subscription: { endpoint: `${origin()}/${name}`, p256dh, auth: secret.toString('base64url') },
        told,
        async toldAll(count) {
          while (told.length < count) await new Promise<void>((resolve) => (heard = resolve))
          return told
        },
      }
    },
    answers: (...next) => void statuses.push(...next),
    get requests() {
      return requests
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return Buffer.concat((await request.toArray()) as Buffer[])
}

/** RFC 8292: an ES256 token for this origin, by the key that stands beside it. */
function isSigned({ headers }: IncomingMessage, origin: string): boolean {
  const [, token, key] = /^vapid t=([^,]+), k=(\S+)$/.exec(headers.authorization ?? '') ?? []
  if (token === undefined || key === undefined) return false
  const [head, claims, signature] = token.split('.') as [string, string, string]
  const point = Buffer.from(key, 'base64url')
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'))
  const jwk = { kty: 'EC', crv: 'P-256', x: x!, y: y! }
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
  const isFor =
    aud === origin.replace('http:', 'https:') && typeof exp === 'number' && sub === 'mailto:ops@waypost.example'
  const publicKey = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const
  return isFor && verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))
}

/** RFC 8291 over RFC 8188: what only the browser can read. */
function open(body: Buffer, { keys, secret }: { keys: ReturnType<typeof createECDH>; secret: Buffer }): Buffer {
  const salt = body.subarray(0, 16)
  const theirs = body.subarray(21, 21 + body[20]!)
  const sealed = body.subarray(21 + body[20]!)
  const derive = (key: Buffer, from: Buffer, options: { readonly info: Buffer; readonly bytes: number }): Buffer =>
    Buffer.from(hkdfSync('sha256', key, from, options.info, options.bytes))
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), theirs])
  const shared = derive(keys.computeSecret(theirs), secret, { info, bytes: 32 })
  const key = derive(shared, salt, { info: Buffer.from('Content-Encoding: aes128gcm\0'), bytes: 16 })
  const nonce = derive(shared, salt, { info: Buffer.from('Content-Encoding: nonce\0'), bytes: 12 })
  const cipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(sealed.subarray(-16))
  const padded = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()])
  const end = padded.lastIndexOf(2)
  assert.ok(padded.subarray(end + 1).every((byte) => byte === 0))
  return padded.subarray(0, end)
}
