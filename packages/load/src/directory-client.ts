import { Secp256k1Keypair } from '@atproto/crypto'
import { addSignature, Client, createUpdateOp, didForCreateOp, normalizeOp, type Operation } from '@did-plc/lib'
import type { Did } from '@waypost/kernel'
import { deriveSigningKey, secretFrom, type SigningKey } from './key.ts'

/** An identity that follows from a seed and a number, so that a repeated run has the same people. */
export interface Person {
  readonly did: Did
  readonly handle: string
  readonly key: SigningKey
  /** The operation that the DID is the hash of. */
  readonly genesis: Operation
}

/** A service of every DID document; a DID is a hash of its first one, so that one never names a port of the day. */
const FIRST_PDS = 'http://127.0.0.1:2590'
const P256_EVERY = 10
const REGISTERED_AT_ONCE = 8

/** The first `count` people of a seed. Every tenth signs with P-256, the others with K-256. */
export async function makePeople(options: {
  readonly seed: string
  readonly count: number
  /** `prefix` and a number of four digits make a handle, such as ny0001.test. */
  readonly prefix: string
}): Promise<readonly Person[]> {
  const { seed, count, prefix } = options
  const rotation = await rotationKey(seed)
  const people: Person[] = []
  for (let number = 1; number <= count; number++) {
    const key = await deriveSigningKey(`${seed} person ${number}`, number % P256_EVERY === 0 ? 'p256' : 'k256')
    const handle = `${prefix}${String(number).padStart(4, '0')}.test`
    const genesis = await addSignature(
      {
        type: 'plc_operation' as const,
        rotationKeys: [rotation.did()],
        verificationMethods: { atproto: key.did },
        alsoKnownAs: [`at://${handle}`],
        services: { atproto_pds: { type: 'AtprotoPersonalDataServer', endpoint: FIRST_PDS } },
        prev: null,
      },
      rotation,
    )
    people.push({ did: (await didForCreateOp(genesis)) as Did, handle, key, genesis })
  }
  return people
}

/**
 * Makes the directory say that these people are at `pds`: creates who is not there, moves who is elsewhere, and leaves
 * the others as they are. Rejects where the directory refuses or cannot be reached.
 */
export async function registerPeople(
  people: readonly Person[],
  options: { readonly plcUrl: string; readonly seed: string; readonly pds: string; readonly onDone?: () => void },
): Promise<void> {
  const { plcUrl, seed, pds, onDone } = options
  const directory = new Client(plcUrl)
  const rotation = await rotationKey(seed)
  const waiting = people.values()
  async function work(): Promise<void> {
    for (const person of waiting) {
      await registerPerson(directory, rotation, person, pds)
      onDone?.()
    }
  }
  await Promise.all(Array.from({ length: REGISTERED_AT_ONCE }, work))
}

async function registerPerson(
  directory: Client,
  rotation: Secp256k1Keypair,
  { did, genesis }: Person,
  pds: string,
): Promise<void> {
  let last = await lastOperation(directory, did)
  if (!last) {
    await directory.sendOperation(did, genesis)
    last = genesis
  }
  if (last.services['atproto_pds']?.endpoint === pds) return
  const moved = await createUpdateOp(last, rotation, (operation) => ({
    ...operation,
    services: { atproto_pds: { type: 'AtprotoPersonalDataServer', endpoint: pds } },
  }))
  await directory.sendOperation(did, moved)
}

/** Undefined where the directory does not know the DID. */
async function lastOperation(directory: Client, did: Did): Promise<Operation | undefined> {
  try {
    const last = await directory.getLastOp(did)
    if (last.type === 'plc_tombstone') throw new Error(`${did} has been tombstoned in the directory`)
    return normalizeOp(last)
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined
    throw error
  }
}

function rotationKey(seed: string): Promise<Secp256k1Keypair> {
  return Secp256k1Keypair.import(secretFrom(`${seed} rotation`))
}
