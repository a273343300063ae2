import { createHash } from 'node:crypto'
import type { Blobs } from '@waypost/engine'
import { ok, refuse, type Did, type Result } from '@waypost/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { answerFault } from '#serve/xrpc/adapter.ts'
import { formatOf, PHOTO, render, type Preset } from './rendition.ts'

/**
 * Pictures of people, as we render them. In: a DID and the CID of a blob. Out: a rendition without metadata.
 * Promise: only what something visible shows is served; the bytes are those that the author signed the hash of; a
 * picture whose check-in is gone is gone with it, cached or not.
 */
export interface Images {
  get(preset: PresetName, did: Did, cid: string): Promise<Result<Uint8Array, XrpcFault>>
  /**
   * A card of something of a person's: cached by `key`, which changes with what the card shows, and drawn when there is
   * none. Whoever asks has looked whether it may be seen. Goes with whatever the person deletes.
   */
  card(did: Did, key: string, draw: () => Promise<Uint8Array>): Promise<Result<Uint8Array, XrpcFault>>
  /** Forgets the cached renditions of a person's pictures that nothing visible shows any more. */
  purge(did: Did): Promise<void>
  /** Forgets renditions beyond what may be kept; they are made again when somebody asks. */
  trim(): Promise<void>
}

export interface ImageSource {
  /** Whether anything visible of this person's shows the picture. */
  readonly visible: (did: Did, cid: string) => boolean
  /** The blob from the person's PDS, as it came. */
  readonly fetchBlob: (did: Did, cid: string) => Promise<Result<Uint8Array, 'not-found' | 'unreachable'>>
  readonly outcome: (preset: PresetName | 'card', outcome: ImageOutcome) => void
  /** Why no picture is made now, or not even one that was made before goes out. Absent: nothing is in the way. */
  readonly refusal?: (what: 'rendition' | 'picture') => XrpcFault | undefined
}

export type ImageOutcome = 'cached' | 'rendered' | 'not-visible' | 'refused' | 'unreachable' | 'busy'

export const PRESETS = {
  thumb: { sidePixelsMax: 640, bytesMax: 150_000, forBrowsers: true },
  full: PHOTO,
  /** Beside somebody's name. */
  face: { sidePixelsMax: 128, square: true, bytesMax: 20_000, forBrowsers: true },
  avatar: { sidePixelsMax: 256, square: true, bytesMax: 60_000, forBrowsers: true },
} as const satisfies Record<string, Preset>

export type PresetName = keyof typeof PRESETS

/** Each takes a core and, at worst, some hundred megabytes while it runs. */
const RENDERING_MAX = 2
/** Past this a request is sent away with 503: it would wait longer than a person does. */
const WAITING_MAX = 64
/** Renditions kept: at most some 10 GB. */
const CACHED_MAX = 50_000
const BUSY_RETRY_SECONDS = 2
/** A shared cache may keep a picture for so long after its check-in was deleted. */
const CACHE_SECONDS = 86_400

export function createImages(blobs: Blobs, source: ImageSource): Images {
  const gate = createGate()
  const underway = new Map<string, Promise<Result<Uint8Array, XrpcFault>>>()

  async function rendered(preset: PresetName, did: Did, cid: string): Promise<Result<Uint8Array, XrpcFault>> {
    const fetched = await source.fetchBlob(did, cid)
    if (!fetched.ok) {
      source.outcome(preset, fetched.error === 'not-found' ? 'refused' : 'unreachable')
      return refuse(
        fetched.error === 'not-found'
          ? notFound()
          : xrpcFault(502, 'UpstreamFailure', "the person's server does not answer"),
      )
    }
    const rendition = await render(fetched.value, PRESETS[preset])
    if (rendition.ok) return ok(rendition.value.bytes)
    source.outcome(preset, 'refused')
    return refuse(xrpcFault(404, 'NotFound', `no picture: ${rendition.error}`))
  }

  /** From the cache, or made once for all who ask meanwhile. */
  async function cachedOr(
    preset: PresetName | 'card',
    name: string,
    make: () => Promise<Result<Uint8Array, XrpcFault>>,
  ): Promise<Result<Uint8Array, XrpcFault>> {
    const withheld = source.refusal?.('picture')
    if (withheld) return refuse(withheld)
    const cached = await blobs.get(name)
    if (cached) {
      source.outcome(preset, 'cached')
      return ok(cached)
    }
    const sharing = underway.get(name)
    if (sharing) return sharing
    const unmade = source.refusal?.('rendition')
    if (unmade) return refuse(unmade)
    const making = gate(async () => {
      const made = await make()
      if (!made.ok) return made
      await blobs.put(name, made.value)
      source.outcome(preset, 'rendered')
      return made
    })
    if (!making) {
      source.outcome(preset, 'busy')
      const busy = xrpcFault(503, 'NotEnoughResources', 'too many pictures at once')
      return refuse({ ...busy, retryAfterSeconds: BUSY_RETRY_SECONDS })
    }
    underway.set(name, making)
    try {
      return await making
    } finally {
      underway.delete(name)
    }
  }

  return {
    async get(preset, did, cid) {
      if (!source.visible(did, cid)) {
        source.outcome(preset, 'not-visible')
        return refuse(notFound())
      }
      return cachedOr(preset, nameOf(preset, did, cid), () => rendered(preset, did, cid))
    },
    card: (did, key, draw) => cachedOr('card', nameOf('card', did, key), async () => ok(await draw())),
    async trim() {
      const names = await blobs.list('img/')
      // Which ones go does not matter, as long as it is not always the same people's.
      const step = names.length / Math.max(1, names.length - CACHED_MAX)
      for (let at = 0; names.length > CACHED_MAX && at < names.length; at += step) {
        await blobs.delete(names[Math.floor(at)]!)
      }
    },
    async purge(did) {
      for (const name of await blobs.list(`${folderOf(did)}/`)) {
        const cid = name.split('/')[2]!
        if (!source.visible(did, cid)) await blobs.delete(name)
      }
    },
  }
}

/** The routes `/img/{thumb|full|avatar}/<did>/<cid>`. */
export function mountImages(app: FastifyInstance, images: Images): void {
  app.get<{ Params: { preset: string; did: string; cid: string } }>(
    '/img/:preset/:did/:cid',
    async (request, reply) => {
      const { preset, did, cid } = request.params
      if (!isPreset(preset) || !/^did:[a-z]+:[A-Za-z0-9._:%-]{1,500}$/.test(did) || !/^b[a-z2-7]{30,120}$/.test(cid)) {
        return answerImage(request, reply, refuse(notFound()))
      }
      return answerImage(request, reply, await images.get(preset, did as Did, cid))
    },
  )
}

/** A picture as an answer that no page can be made of, or why there is none. */
export function answerImage(
  request: FastifyRequest,
  reply: FastifyReply,
  image: Result<Uint8Array, XrpcFault>,
): FastifyReply {
  void reply.headers({
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
  })
  if (!image.ok) return answerFault(reply.header('cache-control', 'no-store'), image.error)
  const etag = `"${createHash('sha256').update(image.value).digest('base64url').slice(0, 22)}"`
  void reply.headers({ etag, 'cache-control': `public, max-age=${CACHE_SECONDS}` })
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  return reply.type(`image/${formatOf(image.value) ?? 'jpeg'}`).send(Buffer.from(image.value))
}

function isPreset(name: string): name is PresetName {
  return Object.hasOwn(PRESETS, name)
}

function nameOf(preset: PresetName | 'card', did: string, cid: string): string {
  return `${folderOf(did)}/${cid}/${preset}`
}

/** A DID as letters that a blob's name may have; no two DIDs come out the same. */
function folderOf(did: string): string {
  return `img/${did.replace(/[_:%]/g, (mark) => ({ _: '_u', ':': '_c', '%': '_p' })[mark]!)}`
}

export function notFound(): XrpcFault {
  return xrpcFault(404, 'NotFound', 'no such picture')
}

/** Lets few in at once; undefined where the queue is full. */
function createGate(): <T>(action: () => Promise<T>) => Promise<T> | undefined {
  let running = 0
  const waiting: (() => void)[] = []
  return (action) => {
    if (running >= RENDERING_MAX && waiting.length >= WAITING_MAX) return undefined
    const turn = running < RENDERING_MAX ? Promise.resolve() : new Promise<void>((go) => waiting.push(go))
    if (running < RENDERING_MAX) running++
    return turn.then(action).finally(() => {
      const next = waiting.shift()
      if (next) next()
      else running--
    })
  }
}
