/** What somebody shared with the app from another one, on its way from the worker to the composer. */
export interface Shared {
  readonly photos: readonly File[]
  readonly text: string
}

const CACHE = 'waypost-shared'
const TEXT = '/share/text'
const PHOTOS = '/share/photos/'
/** More than a check-in has room for are left out. */
const PHOTOS_MAX = 8

/** Puts by what was shared: the names are those of `share_target` in the manifest. */
export async function keepShared(form: FormData): Promise<void> {
  await caches.delete(CACHE)
  const cache = await caches.open(CACHE)
  const text = form.get('text')
  if (typeof text === 'string') await cache.put(TEXT, new Response(text))
  const files = form.getAll('photos').filter((each) => each instanceof File)
  for (const [index, file] of files.slice(0, PHOTOS_MAX).entries()) {
    await cache.put(`${PHOTOS}${index}`, new Response(file))
  }
}

/** Takes it out again; undefined where nothing was shared. `called`: the photos, whose own names are not kept. */
export async function takeShared(called: string): Promise<Shared | undefined> {
  if (!('caches' in window) || !(await caches.has(CACHE))) return undefined
  const cache = await caches.open(CACHE)
  const text = (await (await cache.match(TEXT))?.text()) ?? ''
  const photos: File[] = []
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url)
    const blob = pathname.startsWith(PHOTOS) ? await (await cache.match(request))?.blob() : undefined
    if (blob !== undefined) photos.push(new File([blob], called, { type: blob.type }))
  }
  await caches.delete(CACHE)
  return { photos, text }
}
