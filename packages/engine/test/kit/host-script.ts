import { simWorld } from '@waypost/kernel/sim'
import type { NewEntry } from '../../src/index.ts'

export const SCRIPT_HOST = 'pds.example'
const PEOPLE = 40
/** Of so many entries one is too large for one message: it is stored later than what follows it. */
const LARGE_EVERY = 60
const LARGE_BYTES = 700_000

/** What a host tells, in its order: half of it of one person, whose entries go one after the other. */
export function hostScript({ seed, length }: { seed: number; length: number }): readonly NewEntry[] {
  const { random } = simWorld({ seed })
  return Array.from({ length }, (_, at): NewEntry => {
    const person = random.fraction() < 0.5 ? 0 : Math.floor(random.fraction() * PEOPLE)
    const body = new Uint8Array(at % LARGE_EVERY === LARGE_EVERY - 1 ? LARGE_BYTES : 200).fill(at)
    return { key: `did:plc:p${person}`, id: `${at}`, source: { host: SCRIPT_HOST, seq: at + 1 }, body }
  })
}
