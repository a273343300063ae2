import { KEPT_AT } from '../device/kept-at.ts'

/**
 * What the server answered, kept for when it cannot be reached. It belongs to whoever was signed in: the caches bear
 * their name, there are those of one person (or of nobody) at a time, and whoever comes next begins with none.
 */
const KINDS = ['answer', 'picture'] as const
export type Kind = (typeof KINDS)[number]

/** Past these what was kept longest ago is forgotten. */
const ENTRIES_MAX: Readonly<Record<Kind, number>> = { answer: 100, picture: 200 }
const PREFIX = 'waypost-of-'
const NOBODY = 'nobody'
/** A server that takes longer while we have an answer is as good as away. */
const WAITED_MS_MAX = 8_000

/** From the server; where it cannot be reached, as it answered before, with the time of that. */
export async function fresh(request: Request, kind: Kind): Promise<Response> {
  const owner = await currentOwner()
  const answer = fetch(request).then(async (response) => {
    await keep(request, response, { kind, owner })
    return response
  })
  const kept = await (await caches.open(nameOf(kind, owner))).match(request)
  if (kept === undefined) return answer
  return Promise.race([answer, late(kept)]).catch(() => kept)
}

/** Says who is signed in: the DID, or undefined. What is kept of anybody else is gone then. */
export async function belongTo(did: string | undefined): Promise<void> {
  const owner = did ?? NOBODY
  const names = await caches.keys()
  const others = names.filter((name) => name.startsWith(PREFIX) && !name.startsWith(`${PREFIX}${owner}-`))
  await Promise.all(others.map((name) => caches.delete(name)))
  await caches.open(nameOf('answer', owner))
}

/** What `getSession` says. */
export async function readSession(response: Response): Promise<string | undefined> {
  return ((await response.json()) as { readonly actor?: { readonly did: string } }).actor?.did
}

async function keep(
  request: Request,
  response: Response,
  { kind, owner }: { readonly kind: Kind; readonly owner: string },
): Promise<void> {
  // What is gone is not shown from here either; other failures say nothing about what is kept.
  const isGone = response.status >= 400 && response.status < 500 && response.status !== 429
  if (!response.ok && !isGone) return
  const copy = response.clone()
  if (request.url.endsWith('.getSession') && copy.ok) await belongTo(await readSession(copy.clone()))
  else if (owner !== (await currentOwner())) return
  const cache = await caches.open(nameOf(kind, await currentOwner()))
  // Put in anew, it is the youngest: a cache lists in the order of arrival.
  await cache.delete(request)
  if (isGone) return
  const headers = new Headers(copy.headers)
  headers.set(KEPT_AT, new Date().toISOString())
  try {
    await cache.put(request, new Response(await copy.blob(), { status: copy.status, headers }))
    const keys = await cache.keys()
    await Promise.all(keys.slice(0, -ENTRIES_MAX[kind]).map((key) => cache.delete(key)))
  } catch {
    // No room: what came from the server is shown all the same.
  }
}

async function currentOwner(): Promise<string> {
  const name = (await caches.keys()).find((each) => each.startsWith(PREFIX))
  return name?.slice(PREFIX.length, name.lastIndexOf('-')) ?? NOBODY
}

function nameOf(kind: Kind, owner: string): string {
  return `${PREFIX}${owner}-${kind}`
}

function late(kept: Response): Promise<Response> {
  return new Promise((resolve) => setTimeout(() => resolve(kept), WAITED_MS_MAX))
}
