import { ok } from '@waypost/kernel'
import { createHeldPages } from '#serve/held-pages.ts'
import type { XrpcHost } from './adapter.ts'

/** What answers need that ask no read model and know nobody. */
export function strangersHost() {
  return {
    queries: undefined as never,
    fragments: undefined as never,
    now: () => 0,
    pages: createHeldPages(),
    identify: async () => ok({ viewer: undefined, signedIn: undefined }),
    recognise: () => undefined,
  } satisfies Partial<XrpcHost>
}
