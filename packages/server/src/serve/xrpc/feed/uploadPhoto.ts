import type { app } from '@waypost/lexicon'
import { ok, refuse, type Result } from '@waypost/kernel'
import { xrpcFault, type XrpcFault } from '#serve/handler.ts'
import { PHOTO, render } from '#serve/rendition.ts'
import { upstreamFault, type Writing } from '#serve/writing.ts'
import type { SignedIn } from '#serve/xrpc/method.ts'

type Output = app.waypost.feed.uploadPhoto.$OutputBody

/** What a camera makes; the client makes it smaller before. */
export const PHOTO_BYTES_MAX = 20_000_000

/** Photos that are re-encoded at once, and that wait for it. */
const RENDERING_MAX = 2
const WAITING_MAX = 16

/** The photo without metadata, as a blob on the person's PDS. It is not public before a check-in shows it. */
export function uploadPhoto(writing: Writing) {
  let underway = 0
  const waiting: (() => void)[] = []

  async function inTurn<T>(action: () => Promise<T>): Promise<T> {
    if (underway >= RENDERING_MAX) await new Promise<void>((go) => waiting.push(go))
    else underway++
    try {
      return await action()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else underway--
    }
  }

  return async (bytes: Uint8Array, member: SignedIn): Promise<Result<Output, XrpcFault>> => {
    if (waiting.length >= WAITING_MAX) return refuse(xrpcFault(503, 'NotEnoughResources', 'too many photos at once'))
    const start = writing.world.clock.elapsed()
    const photo = await inTurn(() => render(bytes, PHOTO))
    if (!photo.ok) return refuse(xrpcFault(400, 'InvalidImage', FAULTS[photo.error]))
    const { bytes: clean, type, width, height } = photo.value
    const uploaded = await writing.pds.call(member.did, 'com.atproto.repo.uploadBlob', { bytes: clean, type })
    if (!uploaded.ok)
      return refuse(await upstreamFault(writing, member, { kind: 'photo', start, fault: uploaded.error }))
    const { blob } = uploaded.value as unknown as { blob: Output['photo']['image'] }
    writing.wrote('photo', 'visible', writing.world.clock.elapsed() - start)
    return ok({ photo: { image: blob, aspectRatio: { width, height } } })
  }
}

const FAULTS = {
  'not-an-image': 'a photo is a JPEG, a PNG or a WebP',
  'too-large': 'a photo has at most 40 million pixels',
  broken: 'the photo cannot be read',
} as const
