import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'

/**
 * A person with a browser, and the client they sign in to, in as many lines as OAuth for AT Protocol takes: pushed
 * request, PKCE, DPoP with nonces. By hand, so that no library forgives what another client would stumble over.
 */

interface Answer {
  readonly status: number
  /** Empty where the answer was not a JSON object. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface Session {
  readonly did: string
  /** The scopes as the server expanded them. */
  readonly scope: string
  call(
    method: 'GET' | 'POST',
    path: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>
}

/** Signs in at the PDS with a password, agrees to everything asked for, and comes back with a session. */
export async function signInByOAuth(options: {
  pdsUrl: string
  handle: string
  password: string
  scope: string
}): Promise<Session> {
  const { pdsUrl, scope } = options
  const redirectUri = 'http://127.0.0.1:4000/oauth/callback'
  const clientId = `http://localhost?${new URLSearchParams({ redirect_uri: redirectUri, scope })}`
  const verifier = randomBytes(32).toString('base64url')
  const dpop = dpopKey(pdsUrl)

  const pushed = await dpop.send('POST', '/oauth/par', {
    form: {
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope,
      state: randomBytes(8).toString('hex'),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      login_hint: options.handle,
    },
  })
  if (pushed.status !== 201) throw new Error(`PAR: ${JSON.stringify(pushed.body)}`)

  const authorize = `/oauth/authorize?${new URLSearchParams({ client_id: clientId, request_uri: String(pushed.body['request_uri']) })}`
  const browser = openBrowser(pdsUrl)
  await browser.visit(authorize)
  const signedIn = await browser.call('/sign-in', {
    locale: 'en',
    username: options.handle,
    password: options.password,
    remember: false,
  })
  const { did } = signedIn['account'] as { did: string }
  const consent = await browser.call('/consent', { did, scope }, String(signedIn['ephemeralToken']))
  const code = new URL(String(consent['url']), pdsUrl).searchParams.get('code')

  const token = await dpop.send('POST', '/oauth/token', {
    form: {
      client_id: clientId,
      redirect_uri: redirectUri,
      grant_type: 'authorization_code',
      code: code ?? '',
      code_verifier: verifier,
    },
  })
  if (token.status !== 200) throw new Error(`token: ${JSON.stringify(token.body)}`)
  const accessToken = String(token.body['access_token'])
  return {
    did: String(token.body['sub']),
    scope: String(token.body['scope']),
    call: (method, path, { body, headers } = {}) => dpop.send(method, path, { accessToken, json: body, headers }),
  }
}

interface Browser {
  visit(path: string): Promise<void>
  call(endpoint: string, body: unknown, bearer?: string): Promise<Answer['body']>
}

/** `fetch` strips the `sec-fetch-*` headers that the provider insists on, hence plain HTTP. */
function openBrowser(pdsUrl: string): Browser {
  const cookies = new Map<string, string>()
  let page = ''

  async function send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<string> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const outgoing = httpRequest(`${pdsUrl}${path}`, { method, headers: { cookie, 'user-agent': 'test', ...headers } })
    outgoing.end(body)
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    for (const line of response.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (name !== undefined && value !== undefined) cookies.set(name, value)
    }
    const answer = await text(response)
    if ((response.statusCode ?? 500) >= 400) throw new Error(`${path}: ${response.statusCode} ${answer}`)
    return answer
  }

  return {
    async visit(path) {
      page = `${pdsUrl}${path}`
      await send('GET', path, {
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      })
    },
    async call(endpoint, body, bearer) {
      const answer = await send(
        'POST',
        `/@atproto/oauth-provider/~api${endpoint}`,
        {
          'content-type': 'application/json',
          'sec-fetch-site': 'same-origin',
          'sec-fetch-mode': 'same-origin',
          'sec-fetch-dest': 'empty',
          origin: pdsUrl,
          referer: page,
          'x-csrf-token': cookies.get('csrf-token') ?? '',
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        },
        JSON.stringify(body),
      )
      return JSON.parse(answer) as Answer['body']
    },
  }
}

interface DpopKey {
  send(
    method: string,
    path: string,
    options: {
      form?: Record<string, string>
      json?: unknown
      accessToken?: string
      headers?: Record<string, string> | undefined
    },
  ): Promise<Answer>
}

/** A key of the client's that every request proves to have (RFC 9449). */
function dpopKey(pdsUrl: string): DpopKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const nonces = new Map<boolean, string>()

  function proof(method: string, url: string, accessToken: string | undefined): string {
    const nonce = nonces.get(accessToken !== undefined)
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk }
    const claims = {
      jti: randomBytes(12).toString('hex'),
      iat: Math.floor(Date.now() / 1_000),
      htm: method,
      htu: url.replace(/\?.*/, ''),
      ...(nonce === undefined ? {} : { nonce }),
      ...(accessToken === undefined ? {} : { ath: createHash('sha256').update(accessToken).digest('base64url') }),
    }
    const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return `${input}.${signature.toString('base64url')}`
  }

  async function attempt(method: string, path: string, options: Parameters<DpopKey['send']>[2]): Promise<Answer> {
    const url = `${pdsUrl}${path}`
    const { accessToken } = options
    const response = await fetch(url, {
      method,
      headers: {
        dpop: proof(method, url, accessToken),
        ...(accessToken === undefined ? {} : { authorization: `DPoP ${accessToken}` }),
        ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      body: options.form ? new URLSearchParams(options.form) : options.json === undefined ? null : bodyOf(options.json),
    })
    const nonce = response.headers.get('dpop-nonce')
    if (nonce !== null) nonces.set(accessToken !== undefined, nonce)
    const body = (await response.json().catch(() => ({}))) as Answer['body']
    return { status: response.status, body }
  }

  return {
    async send(method, path, options) {
      const first = await attempt(method, path, options)
      return first.body['error'] === 'use_dpop_nonce' ? attempt(method, path, options) : first
    },
  }
}

function bodyOf(value: unknown): string | Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array ? new Uint8Array(value) : JSON.stringify(value)
}
