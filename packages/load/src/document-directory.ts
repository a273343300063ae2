import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Did } from '@waypost/kernel'

export interface Identity {
  readonly did: Did
  readonly handle: string
  /** `did:key:…` of the key that signs the repository. */
  readonly signingKey: string
  /** URL of the host that has the repository. */
  readonly pds: string
}

/** Answers `GET /<did>` with the DID document, as a PLC does; who is not there is a 404. For tests. */
export interface DocumentDirectory extends AsyncDisposable {
  readonly url: string
  /** Adds or replaces. */
  put(identity: Identity): void
  remove(did: Did): void
}

export async function startDocumentDirectory(options: { readonly port?: number } = {}): Promise<DocumentDirectory> {
  const documents = new Map<string, object>()
  const http = createServer((request, response) => {
    const document = documents.get(decodeURIComponent((request.url ?? '/').slice(1)))
    response.writeHead(document ? 200 : 404, { 'content-type': 'application/did+ld+json' })
    response.end(JSON.stringify(document ?? { message: 'DID not registered' }))
  })
  http.listen(options.port ?? 0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    put: (identity) => void documents.set(identity.did, documentOf(identity)),
    remove: (did) => void documents.delete(did),
    async [Symbol.asyncDispose]() {
      http.close()
      http.closeAllConnections()
      await once(http, 'close')
    },
  }
}

/** The DID document that the directory answers with. */
export function documentOf({ did, handle, signingKey, pds }: Identity): object {
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did,
    alsoKnownAs: [`at://${handle}`],
    verificationMethod: [
      {
        id: `${did}#atproto`,
        type: 'Multikey',
        controller: did,
        publicKeyMultibase: signingKey.slice('did:key:'.length),
      },
    ],
    service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: pds }],
  }
}
