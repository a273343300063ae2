import type { Fault } from '@waypost/load'
import type { RefusalReason } from '#verify/refusal.ts'

/** What each way of spoiling a commit's message has to be refused as. */
export const REFUSED_AS: Readonly<Record<Fault, RefusalReason>> = {
  oversized: 'frame-too-large',
  truncated: 'frame-truncated',
  'deep-frame': 'frame-too-deep',
  noise: 'frame-malformed',
  'unknown-type': 'frame-unknown-type',
  'not-a-car': 'car-malformed',
  'missing-block': 'block-missing',
  'block-hash': 'block-hash',
  signature: 'signature',
  'other-key': 'signature',
  'high-s': 'signature',
  'rev-mismatch': 'commit-mismatch',
  'op-mismatch': 'op-mismatch',
  'prev-data': 'prev-data',
  'prev-data-missing': 'prev-data',
  'future-rev': 'rev-in-future',
  'soon-rev': 'rev-in-future',
  'last-rev': 'rev-in-future',
  'past-rev': 'rev-repeated',
  'seq-negative': 'frame-malformed',
  'seq-fraction': 'frame-malformed',
  'seq-text': 'frame-malformed',
  'seq-missing': 'frame-malformed',
  'seq-too-large': 'frame-malformed',
}
