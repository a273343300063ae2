import {
  nativeSignatureHolds,
  portableSignatureHolds,
  signatureHolds,
} from '../../packages/server/src/verify/signature.ts'
import type { BenchOptions, Figure } from '../main.ts'
import { decodeOnly, dropped, ours, reference, stock } from './contenders.ts'
import { median, microsEach, type Work } from './cpu.ts'
import { makeForeign, makeMaterial, recordedMaterial, type Material } from './material.ts'
import { signatureChecks, steps } from './steps.ts'

const ROUNDS = 5
/** Of CPU time, for each in each round. */
const TIMED_MS = 100
const TIMED_MS_FULL = 1_000

/** Verifying recorded commits on one core, ours beside the network's published parts, the same messages in one run. */
export async function verification({ full, note }: BenchOptions): Promise<readonly Figure[]> {
  const commits = full ? 6_000 : 1_500
  const timedMs = full ? TIMED_MS_FULL : TIMED_MS
  const material = await makeMaterial({ people: 60, commits })
  const foreign = await makeForeign({ people: 30, commits })
  const recorded = recordedMaterial()
  note(material.about)
  note(foreign.about)
  note(recorded?.about ?? 'The messages of the real network are not there, and so are no figures for them.')
  if (!nativeSignatureHolds) note('No native secp256k1 fits this machine: all figures are without.')

  return [
    ...(await sideBySide(material, foreign.commits, timedMs)),
    ...(recorded ? await sideBySideRecorded(recorded, timedMs) : []),
    ...(await stepByStep(material, timedMs)),
    ...(await signatureBySignature(material, timedMs)),
  ]
}

async function sideBySide(
  material: Material,
  foreign: readonly Uint8Array[],
  timedMs: number,
): Promise<readonly Figure[]> {
  const took = await inTurn(timedMs, {
    portable: ours(material, portableSignatureHolds),
    native: ours(material, signatureHolds),
    stock: stock(material),
    reference: reference(material),
    decoding: decodeOnly(material),
    notOurs: dropped(foreign),
  })
  return [
    { name: 'verified_per_cpu_s', value: rate(took.native), unit: 'commits' },
    { name: 'verified_pure_per_cpu_s', value: rate(took.portable), unit: 'commits, no native addon' },
    { name: 'atproto_sync_per_cpu_s', value: rate(took.stock), unit: 'commits' },
    { name: 'atproto_repo_per_cpu_s', value: rate(took.reference), unit: 'commits, node:crypto signatures' },
    { name: 'atcute_decode_per_cpu_s', value: rate(took.decoding), unit: 'frames' },
    { name: 'verified_vs_atproto', value: ratio(took.stock, took.native), unit: '×', goal: '≥ 15' },
    { name: 'verified_pure_vs_atproto', value: ratio(took.stock, took.portable), unit: '×', goal: '≥ 4' },
    { name: 'verified_vs_atproto_repo', value: ratio(took.reference, took.native), unit: '×' },
    { name: 'verified_pure_vs_atproto_repo', value: ratio(took.reference, took.portable), unit: '×' },
    { name: 'not_ours_per_cpu_s', value: rate(took.notOurs), unit: 'frames', goal: '≥ 100,000' },
  ]
}

/** The same with what a relay of the real network sent, in which next to nothing is ours. */
async function sideBySideRecorded(
  recorded: NonNullable<ReturnType<typeof recordedMaterial>>,
  timedMs: number,
): Promise<readonly Figure[]> {
  const took = await inTurn(timedMs, {
    portable: ours(recorded, portableSignatureHolds),
    native: ours(recorded, signatureHolds),
    stock: stock(recorded),
    notOurs: dropped(recorded.all),
  })
  return [
    { name: 'recorded_verified_per_cpu_s', value: rate(took.native), unit: 'commits' },
    { name: 'recorded_verified_vs_atproto', value: ratio(took.stock, took.native), unit: '×' },
    { name: 'recorded_verified_pure_vs_atproto', value: ratio(took.stock, took.portable), unit: '×' },
    { name: 'recorded_not_ours_per_cpu_s', value: rate(took.notOurs), unit: 'frames', goal: '≥ 100,000' },
  ]
}

/** Where the time goes. What the steps' sum leaves of the whole is what it costs to put them together. */
async function stepByStep(material: Material, timedMs: number): Promise<readonly Figure[]> {
  const { whole, ...parts } = await inTurn(timedMs, { ...steps(material), whole: ours(material, signatureHolds) })
  const unit = 'µs of CPU a commit'
  const figures = Object.entries(parts).map(([name, took]) => ({ name: `step_${name}_us`, value: median(took), unit }))
  const sum = figures.reduce((total, { value }) => total + value, 0)
  return [...figures, { name: 'steps_together_us', value: sum, unit }, { name: 'whole_us', value: median(whole), unit }]
}

/** Why libsecp256k1 where it loads, and OpenSSL otherwise. */
async function signatureBySignature(material: Material, timedMs: number): Promise<readonly Figure[]> {
  const took = await inTurn(timedMs, signatureChecks(material))
  return Object.entries(took).map(([name, micros]) => ({
    name: `signature_${name}_us`,
    value: median(micros),
    unit: 'µs of CPU each',
  }))
}

/** Microseconds an item of each, round by round, in turn, so that a machine that slows down slows everybody down. */
async function inTurn<Name extends string>(
  timedMs: number,
  works: Readonly<Record<Name, Work>>,
): Promise<Readonly<Record<Name, readonly number[]>>> {
  const names = Object.keys(works) as Name[]
  const took = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>
  for (let turn = 0; turn < ROUNDS; turn++) {
    for (const name of names) took[name].push(await microsEach(works[name], timedMs))
  }
  return took
}

function rate(micros: readonly number[]): number {
  return 1_000_000 / median(micros)
}

/** How many times as long one takes as the other, in the same round. */
function ratio(theirs: readonly number[], mine: readonly number[]): number {
  return median(theirs.map((micros, round) => micros / mine[round]!))
}
