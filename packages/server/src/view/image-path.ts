/** Paths of renditions; the client resolves them against the server that it talks to. */
export function imagePath(preset: 'thumb' | 'full' | 'avatar', did: string, cid: string): string {
  return `/img/${preset}/${did}/${cid}`
}
