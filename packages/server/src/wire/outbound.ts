import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { ok, refuse, type Result } from '@waypost/kernel'
import { Agent, fetch as undiciFetch, type Dispatcher, type RequestInit as UndiciInit } from 'undici'
import { isPublicAddress } from '#wire/public-address.ts'

/**
 * Every request that Waypost makes to an address that somebody else chose: DID documents, handles, PDSes, blobs.
 * It is made with undici, not with the `fetch` that comes with Node 24, which strangers can bring down with us: an answer
 * that is broken off while we rest from reading it, or that says to be packed six times, is an uncaught exception there.
 * In: a URL and its limits. Out: the whole answer, or why there is none.
 * Promise: nothing but public addresses is ever reached, by name, by number or by redirect, save the loopback
 * origins that the operator allowed; and no answer costs more bytes or time than was granted.
 */
export interface Outbound {
  fetch(url: string, options: FetchOptions): Promise<Result<Answer, OutboundFault>>
  /** The same guard in the shape that libraries want. 30 s, 5 MB, GET and POST; redirects as the caller asks. */
  readonly fetchLike: typeof globalThis.fetch
  /** How a WebSocket to this URL may resolve its name; a fault where the address is refused outright. */
  socketLookup(url: string): Result<LookupFunction, OutboundFault>
}

export interface FetchOptions {
  /** A longer answer is broken off and refused. Counted after decompression. */
  readonly maxBytes: number
  /** From the first packet to the last byte. */
  readonly timeoutMs: number
  /** 'error' refuses any redirect; 'follow' checks each hop like a first address. Loopback never redirects. */
  readonly redirect: 'error' | 'follow'
  readonly accept?: string
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

export interface OutboundFault {
  readonly reason: 'address-refused' | 'redirect-refused' | 'answer-too-large' | 'timed-out' | 'aborted' | 'unreachable'
  readonly detail: string
}

/** No grant goes beyond these. A whole repository is the largest thing that is ever fetched. */
const ANSWER_BYTES_MAX = 256 * 1_024 * 1_024
const ANSWER_MS_MAX = 10 * 60_000
const LIBRARY_BYTES_MAX = 5_000_000
const LIBRARY_MS_MAX = 30_000
/** Longer URLs are refused; none of the protocol's comes near. */
const URL_CHARACTERS_MAX = 4_096

const NOT_PUBLIC = 'not a public address'
const ADDRESS_REFUSED = 'address refused'
const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]'])
/** Names that mean something in this network only, if anything: nobody is asked for them. */
const LOCAL_NAME = /^[^.]+\.?$|\.(localhost|local|internal|test|invalid|example)\.?$/i

/**
 * `allowedLoopbackOrigins`: origins such as `http://localhost:2583` that may be reached although they are not public:
 * the sandbox's PDS and PLC, or a directory's mirror inside the operator's own network. 'any-loopback' is for the
 * sandbox and tests.
 * `lookup`: the system's resolver, unless a test brings its own. Whatever it answers is judged in the call that connects,
 * so that no second answer can come in between.
 */
export function createOutbound(options: {
  readonly allowedLoopbackOrigins: readonly string[] | 'any-loopback'
  readonly lookup?: LookupFunction
}): Outbound {
  const { allowedLoopbackOrigins: allowed, lookup = systemLookup as LookupFunction } = options
  const publicLookup = guardLookup(lookup)
  // Every hop passes `whyRefused` by its address and, where that is a name, `publicLookup` by what the name leads to.
  const far = new Agent({ allowH2: false, connect: { lookup: publicLookup } }).compose(judgeEachHop)
  const near = new Agent({ allowH2: false })

  function isAllowed(url: URL): boolean {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return false
    return allowed === 'any-loopback' ? LOOPBACK_HOSTS.has(url.hostname) : allowed.includes(url.origin)
  }

  async function fetch(address: string, wants: FetchOptions): Promise<Result<Answer, OutboundFault>> {
    const url = address.length <= URL_CHARACTERS_MAX ? URL.parse(address) : null
    if (!url || url.username || url.password) return fault('address-refused', 'not a plain URL')
    const isNear = isAllowed(url)
    const why = isNear ? undefined : whyRefused(url)
    if (why !== undefined) return fault('address-refused', `${url.host}: ${why}`)
    const redirect = isNear ? 'error' : wants.redirect
    const timeout = AbortSignal.timeout(Math.min(wants.timeoutMs, ANSWER_MS_MAX))
    const signal = wants.signal ? AbortSignal.any([timeout, wants.signal]) : timeout
    const headers = { accept: wants.accept ?? '*/*', 'user-agent': 'waypost' }
    try {
      const response = await undiciFetch(url, { redirect, headers, signal, dispatcher: isNear ? near : far })
      const body = await readBody(response, Math.min(wants.maxBytes, ANSWER_BYTES_MAX))
      if (!body) return fault('answer-too-large', `more than ${wants.maxBytes} bytes from ${url.host}`)
      return ok({ status: response.status, headers: new Headers([...response.headers]), body })
    } catch (error) {
      if (wants.signal?.aborted) return fault('aborted', url.host)
      if (timeout.aborted) return fault('timed-out', `${url.host} after ${wants.timeoutMs} ms`)
      return classify(error, url)
    }
  }

  const fetchLike: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const url = new URL(request.url)
    const isNear = isAllowed(url)
    const why = isNear ? undefined : whyRefused(url)
    if (why !== undefined) throw new TypeError('fetch failed', { cause: new Error(why) })
    // Not the request's own signal: that one no longer follows the caller's once the request is let go of.
    const given = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    const limit = AbortSignal.timeout(LIBRARY_MS_MAX)
    const wants: UndiciInit = {
      method: request.method,
      headers: [...request.headers],
      // A redirect could lead off the loopback, where the guard is not: the caller sees it, and is not taken there.
      redirect: isNear && request.redirect === 'follow' ? 'manual' : request.redirect,
      signal: given ? AbortSignal.any([limit, given]) : limit,
      dispatcher: isNear ? near : far,
    }
    if (request.body) wants.body = await request.arrayBuffer()
    return forLibrary(await undiciFetch(url, wants))
  }

  return {
    fetch,
    fetchLike,
    socketLookup(address) {
      const url = URL.parse(address.replace(/^ws/, 'http'))
      if (!url) return fault('address-refused', 'not a URL')
      if (isAllowed(url)) return ok(lookup)
      const why = whyRefused(url)
      return why === undefined ? ok(publicLookup) : fault('address-refused', why)
    },
  }
}

/** Why nobody is sent to this address, as far as the address itself tells. A number is never looked up: it is judged here. */
function whyRefused(url: URL): string | undefined {
  if (url.protocol !== 'https:') return 'not https'
  if (url.port !== '') return 'not the port of https'
  if (url.username || url.password) return 'with a password'
  const { hostname } = url
  const number = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  if (isIP(number) !== 0) return isPublicAddress(number) ? undefined : NOT_PUBLIC
  return LOCAL_NAME.test(hostname) ? NOT_PUBLIC : undefined
}

/** Asks for the name, and gives nothing to connect to where any of the answers is not public. */
function guardLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      const found = Array.isArray(address) ? address.map((each) => each.address) : [address]
      if (error) callback(error, [])
      else if (found.length > 0 && found.every(isPublicAddress)) callback(null, address, family)
      else callback(new Error(NOT_PUBLIC), [])
    })
  }
}

const judgeEachHop: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const why = whyRefused(new URL(String(options.origin)))
  if (why !== undefined) throw new Error(`${ADDRESS_REFUSED}: ${why}`)
  return dispatch(options, handler)
}

/** An answer as the platform's own, whose body fails past the limit. */
function forLibrary({ status, statusText, headers, body, url }: Awaited<ReturnType<typeof undiciFetch>>): Response {
  let size = 0
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.length
      if (size > LIBRARY_BYTES_MAX) controller.error(new Error('the answer is too large'))
      else controller.enqueue(chunk)
    },
  })
  const limited = (body as ReadableStream<Uint8Array> | null)?.pipeThrough(counting) ?? null
  const response = new Response(limited, { status, statusText, headers: [...headers] })
  return Object.defineProperty(response, 'url', { value: url })
}

/** Undefined where the body is longer than `maxBytes`; the rest is then never read. */
async function readBody(response: { readonly body: unknown }, maxBytes: number): Promise<Uint8Array | undefined> {
  if (!response.body) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.length
    // Leaving the loop cancels the stream, and with it the connection.
    if (size > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

/** In the words of `fetch`, and in ours. */
const REDIRECT_FAULT = /unexpected redirect|redirect count exceeded|scheme must be a HTTP/
const ADDRESS_FAULT = new RegExp(`${NOT_PUBLIC}|${ADDRESS_REFUSED}`)

/** fetch says everything by throwing; the cause below the wrapping tells what it was. */
function classify(error: unknown, url: URL): { readonly ok: false; readonly error: OutboundFault } {
  const messages: string[] = []
  for (let cause: unknown = error; cause instanceof Error && messages.length < 5; cause = cause.cause) {
    messages.push(cause.message)
  }
  const text = messages.join(': ')
  if (REDIRECT_FAULT.test(text)) return fault('redirect-refused', `${url.host}: ${text}`)
  if (ADDRESS_FAULT.test(text)) return fault('address-refused', `${url.host}: ${text}`)
  return fault('unreachable', `${url.host}: ${text}`)
}

function fault(reason: OutboundFault['reason'], detail: string): { readonly ok: false; readonly error: OutboundFault } {
  return refuse({ reason, detail })
}
