import { mkdirSync, openSync, closeSync, fsyncSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { World } from '@waypost/kernel'

/** What a sandbox must find again after a restart, or its accounts and names would be lost. Readable by its owner only. */
export interface SandboxState {
  readonly version: 1
  /** Every account's DID document names the PDS by this port, so it never changes. */
  readonly ports: { readonly pds: number; readonly plc: number }
  readonly secrets: {
    readonly jwtSecret: string
    readonly dpopSecret: string
    readonly adminPassword: string
    readonly plcRotationKeyHex: string
  }
  /** Waypost's own identity in this network. */
  readonly service: { readonly privateKeyHex: string; readonly did?: string }
  /** The account that publishes our lexicons. */
  readonly lexicons: { readonly password: string; readonly did?: string }
}

const STATE_FILE = 'sandbox.json'

/** The state kept in a sandbox's folder; undefined where there has been none yet. Throws on a file that isn't ours. */
export function readState(folder: string): SandboxState | undefined {
  const file = join(folder, STATE_FILE)
  const state = readPrivateJson(file) as SandboxState | undefined
  if (state !== undefined && state.version !== 1) throw new Error(`${file} was written by another version of Waypost`)
  return state
}

export function writeState(folder: string, state: SandboxState): void {
  writePrivateJson(join(folder, STATE_FILE), state)
}

/** Fresh secrets for a network that is to live at these ports. */
export function newState(world: World, ports: SandboxState['ports']): SandboxState {
  const secretHex = (bytes: number): string => Buffer.from(world.random.bytes(bytes)).toString('hex')
  return {
    version: 1,
    ports,
    secrets: {
      jwtSecret: secretHex(32),
      dpopSecret: secretHex(32),
      adminPassword: secretHex(16),
      plcRotationKeyHex: secretHex(32),
    },
    service: { privateKeyHex: secretHex(32) },
    lexicons: { password: secretHex(16) },
  }
}

/** A JSON file's value; undefined where there is no file. */
export function readPrivateJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${file} cannot be read`, { cause: error })
  }
}

/** Written whole or not at all, also through a power cut, and for the owner's eyes only (mode 0600). */
export function writePrivateJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true })
  const draft = `${file}.new`
  const handle = openSync(draft, 'w', 0o600)
  writeSync(handle, `${JSON.stringify(value, undefined, 2)}\n`)
  fsyncSync(handle)
  closeSync(handle)
  renameSync(draft, file)
}
