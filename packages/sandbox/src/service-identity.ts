import { Secp256k1Keypair } from '@atproto/crypto'
import { addSignature, Client, createUpdateOp, didForCreateOp, normalizeOp } from '@did-plc/lib'
import type { Did } from '@waypost/kernel'

/** Where Waypost is found in its own DID document: `<did>#waypost` is the audience of proxied calls. */
const SERVICE_ID = 'waypost'
const SERVICE_TYPE = 'WaypostAppView'

export interface ServiceIdentity {
  readonly did: Did
  /** Whether the directory had to be told something: who cached the DID document must fetch it anew. */
  readonly changed: boolean
}

/**
 * Makes the directory say that Waypost's DID serves at `endpoint`: creates the DID where `did` is undefined, updates
 * it where the endpoint differs. `privateKeyHex` (K-256) both signs and rotates. Rejects where the directory refuses.
 *
 * A did:plc, because a did:web with a port does not survive the scope strings of OAuth.
 */
export async function establishService(options: {
  plcUrl: string
  privateKeyHex: string
  did: string | undefined
  endpoint: string
}): Promise<ServiceIdentity> {
  const key = await Secp256k1Keypair.import(options.privateKeyHex)
  const directory = new Client(options.plcUrl)
  const services = { [SERVICE_ID]: { type: SERVICE_TYPE, endpoint: options.endpoint } }

  if (options.did === undefined) {
    const genesis = await addSignature(
      {
        type: 'plc_operation' as const,
        rotationKeys: [key.did()],
        verificationMethods: { atproto: key.did() },
        alsoKnownAs: [],
        services,
        prev: null,
      },
      key,
    )
    const did = await didForCreateOp(genesis)
    await directory.sendOperation(did, genesis)
    return { did: did as Did, changed: true }
  }

  const last = await directory.getLastOp(options.did)
  if (last.type === 'plc_tombstone') throw new Error(`${options.did} was tombstoned in the sandbox's directory`)
  if (normalizeOp(last).services[SERVICE_ID]?.endpoint === options.endpoint) {
    return { did: options.did as Did, changed: false }
  }
  await directory.sendOperation(
    options.did,
    await createUpdateOp(last, key, (operation) => ({ ...operation, services })),
  )
  return { did: options.did as Did, changed: true }
}
