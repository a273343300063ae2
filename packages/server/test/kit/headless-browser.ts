import { once } from 'node:events'
import http from 'node:http'

/**
 * A browser without a window, for signing in: it keeps cookies, follows no redirect by itself, and sends the headers
 * by which servers tell a page's own request from another's. `fetch` would strip those.
 */
export class HeadlessBrowser {
  readonly #jar = new Map<string, string>()

  async send(
    url: string,
    options: {
      readonly method?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string | Uint8Array
    } = {},
  ): Promise<{ readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly body: Buffer }> {
    const { method = 'GET', headers = {}, body } = options
    const { hostname } = new URL(url)
    const request = http.request(url, {
      method,
      headers: { 'user-agent': 'waypost-test', cookie: this.#cookiesFor(hostname), ...headers },
    })
    request.end(body)
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    for (const cookie of response.headers['set-cookie'] ?? []) this.#keep(hostname, cookie)
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }
  }

  cookie(hostname: string, name: string): string | undefined {
    return this.#jar.get(`${hostname} ${name}`)
  }

  /** A page's own request to where it came from. */
  async post(origin: string, path: string, body: object | Uint8Array, type = 'application/json') {
    const bytes = body instanceof Uint8Array ? body : JSON.stringify(body)
    const answer = await this.send(origin + path, {
      method: 'POST',
      headers: { origin, 'sec-fetch-site': 'same-origin', 'content-type': type },
      body: bytes,
    })
    return { status: answer.status, json: JSON.parse(answer.body.toString('utf8')) as Record<string, unknown> }
  }

  async get(url: string) {
    const answer = await this.send(url, { headers: { 'sec-fetch-site': 'same-origin' } })
    return { status: answer.status, json: JSON.parse(answer.body.toString('utf8')) as Record<string, unknown> }
  }

  #keep(hostname: string, cookie: string): void {
    const [pair, ...attributes] = cookie.split(';')
    const at = pair!.indexOf('=')
    const name = `${hostname} ${pair!.slice(0, at)}`
    const gone = attributes.some((each) => /^ *(max-age=0|expires=thu, 01 jan 1970)/i.test(each))
    if (gone) this.#jar.delete(name)
    else this.#jar.set(name, pair!.slice(at + 1))
  }

  #cookiesFor(hostname: string): string {
    return [...this.#jar]
      .filter(([name]) => name.startsWith(`${hostname} `))
      .map(([name, value]) => `${name.slice(hostname.length + 1)}=${value}`)
      .join('; ')
  }
}

/**
 * Gives a sign-in that Waypost began the password and the consent, as a person would on the PDS's own pages. Answers
 * the address of ours to which the PDS sends the browser back.
 */
export async function consentAtPds(
  browser: HeadlessBrowser,
  authorizeUrl: string,
  account: { readonly did: string; readonly handle: string; readonly password: string },
): Promise<string> {
  const pds = new URL(authorizeUrl).origin
  const page = await browser.send(authorizeUrl, {
    headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  })
  if (page.status !== 200) throw new Error(`the authorization page answers ${page.status}: ${page.body}`)

  const call = async (path: string, body: object, token?: string): Promise<Record<string, string>> => {
    const answer = await browser.send(`${pds}/@atproto/oauth-provider/~api${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'same-origin',
        'sec-fetch-dest': 'empty',
        origin: pds,
        referer: authorizeUrl,
        'x-csrf-token': browser.cookie(new URL(pds).hostname, 'csrf-token') ?? '',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })
    if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}: ${answer.body}`)
    return JSON.parse(answer.body.toString('utf8')) as Record<string, string>
  }

  const { handle: username, password, did } = account
  const signedIn = await call('/sign-in', { locale: 'en', username, password, remember: false })
  const consent = await call('/consent', { did }, signedIn['ephemeralToken'])
  // The provider's page would lead to this address of its own, which sends the browser on with what it carries.
  const onward = new URL(consent['url']!).searchParams
  const back = new URL(onward.get('redirect_uri')!)
  for (const name of ['iss', 'state', 'code']) back.searchParams.set(name, onward.get(name) ?? '')
  return back.href
}
