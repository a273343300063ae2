/** One slip in one check, and the test that must go red with it. */
export interface Mutant {
  /** What no longer holds. */
  readonly breaks: string
  readonly file: string
  /** Occurs once in the file. */
  readonly find: string
  readonly replace: string
  /** File and title. */
  readonly caughtBy: readonly [file: string, title: string]
}

const REFUSALS = 'packages/server/test/refusals.test.ts'
const HOSTS = 'packages/server/test/hosts.test.ts'
const LOG_ORDER = 'packages/server/test/log-order.test.ts'
const INGEST = 'packages/server/test/ingest.test.ts'
const PRIVATE = 'packages/server/src/serve/private-store.test.ts'
const UNWRITTEN = [
  'packages/server/test/whole.test.ts',
  'who is here now is told to friends, and not a byte of it is written, nor a line',
] as const

export const MUTANTS: readonly Mutant[] = [
  {
    breaks: 'a commit may leave out the one before it',
    file: 'packages/server/src/verify/chain.ts',
    find: "if (commit.since !== head.rev) return fault('chain-broken', `since ${String(commit.since)}, known ${head.rev}`)\n  if (commit.prevData !== head.data)",
    replace: 'if (commit.prevData !== head.data && commit.since === head.rev)',
    caughtBy: [REFUSALS, 'refused as chain-broken: a commit whose forerunner never came; the repository is fetched'],
  },
  {
    breaks: 'a rev may come again',
    file: 'packages/server/src/verify/chain.ts',
    find: 'rev <= head.rev',
    replace: 'rev < head.rev',
    caughtBy: [REFUSALS, 'refused as rev-repeated: a commit that was sent twice'],
  },
  {
    breaks: 'a rev may be from the future',
    file: 'packages/server/src/verify/chain.ts',
    find: 'nowMs + REV_AHEAD_MS_MAX',
    replace: 'nowMs + 1_000 * REV_AHEAD_MS_MAX',
    caughtBy: [REFUSALS, 'refused as rev-in-future: a commit spoilt by future-rev'],
  },
  {
    breaks: 'a PDS may speak for accounts of others',
    file: 'packages/server/src/verify/authority.ts',
    find: "anew.value.pds === host ? 'yes' : 'no'",
    replace: "anew.value.pds === host ? 'yes' : 'yes'",
    caughtBy: [HOSTS, 'a PDS that speaks of somebody who lives elsewhere is refused, whatever it says'],
  },
  {
    breaks: "a relay's word about an account is taken for true",
    file: 'packages/server/src/log/ingest-inquiry.ts',
    find: '(isForeign(claim.by) || claim.active !== account.active)',
    replace: '(isForeign(claim.by) || false)',
    caughtBy: [HOSTS, 'a relay may carry anybody, and what it says of an account is asked at the PDS'],
  },
  {
    breaks: 'what is said of an account while its repository is on the way is forgotten',
    file: 'packages/server/src/log/ingest-repair.ts',
    find: 'if (claim && claim !== found.claim)',
    replace: 'if (claim && claim === undefined)',
    caughtBy: [LOG_ORDER, 'an account that goes away while its repository is on the way is not shown'],
  },
  {
    breaks: 'a host that begins to count anew keeps its old cursor',
    file: 'packages/server/src/log/ingest-hosts.ts',
    find: "if (name === 'FutureCursor') await renumber(host)",
    replace: '',
    caughtBy: [
      HOSTS,
      'a host that lost its numbering is read from its new beginning, also after a restart, and who was missed is repaired',
    ],
  },
  {
    breaks: 'nobody is asked for what a host has forgotten',
    file: 'packages/server/src/log/ingest-hosts.ts',
    find: "name === 'FutureCursor' || name === 'OutdatedCursor'",
    replace: "name === 'FutureCursor'",
    caughtBy: [
      HOSTS,
      'a host that has forgotten what we did not read goes on, and who was missed is repaired without a further word',
    ],
  },
  {
    breaks: 'an account that its PDS does not know is erased without a word',
    file: 'packages/server/src/log/ingest-inquiry.ts',
    find: 'account.deleted && (wasSaid || (await hasEnded(did)))',
    replace: 'account.deleted',
    caughtBy: [
      HOSTS,
      'a last commit that nobody told is found when the PDS is asked, and so is an account that is gone without a word',
    ],
  },
  {
    breaks: 'a commit that comes during a repair is dropped',
    file: 'packages/server/src/log/ingest-repair.ts',
    find: 'repair.waiting.push({ frame, stream })',
    replace: 'void stream',
    caughtBy: [INGEST, 'a commit that comes while the repository is being fetched is not lost'],
  },
  {
    breaks: 'a rotated key is never asked for',
    file: 'packages/server/src/verify/verify.ts',
    find: 'asked.resolve(did, { force: true })\n    if (!fresh.ok ||',
    replace: 'asked.resolve(did)\n    if (!fresh.ok ||',
    caughtBy: [
      REFUSALS,
      'a key that was rotated without a word is found by one look at the directory, and the old one refused',
    ],
  },
  {
    breaks: 'the cursor passes what is not in the log',
    file: 'packages/server/src/log/ingest-window.ts',
    find: 'if (!events) break',
    replace: 'if (!events) continue',
    caughtBy: [INGEST, 'after power cuts at many moments the log says what it would have said without them'],
  },
  {
    breaks: 'a commit of an account that is away is let in',
    file: 'packages/server/src/verify/verify.ts',
    find: "if (head && !head.active) return fault('account-inactive', head.status ?? 'inactive')",
    replace: '',
    caughtBy: [
      REFUSALS,
      'refused as account-inactive: a commit of an account that is deactivated; it comes with the reactivation',
    ],
  },
  {
    breaks: 'undoing the ops may lead anywhere',
    file: 'packages/server/src/verify/commit.ts',
    find: 'before.value !== expected',
    replace: 'before.value === undefined',
    caughtBy: [REFUSALS, 'refused as prev-data: a commit spoilt by prev-data'],
  },
  {
    breaks: 'any signature will do',
    file: 'packages/server/src/verify/commit.ts',
    find: "return fault('signature', key.curve)",
    replace: '{ /* Let in. */ }',
    caughtBy: [REFUSALS, 'refused as signature: a commit spoilt by signature'],
  },
  {
    breaks: 'that somebody is here now goes into their repository',
    file: 'packages/server/src/serve/xrpc/feed/createCheckin.ts',
    find: 'record: { ...fields,',
    replace: 'record: { ...fields, hereNow: input.hereNow ?? false,',
    caughtBy: UNWRITTEN,
  },
  {
    breaks: 'who is here now is kept over a restart',
    file: 'packages/server/src/server.ts',
    find: 'createPresences({',
    replace: "createPresences({ told: (delta) => void keyValue.put('here', Buffer.from(`${[...delta.keys()]}`)),",
    caughtBy: UNWRITTEN,
  },
  {
    breaks: 'who is here now is in the log lines',
    file: 'packages/server/src/server.ts',
    find: 'createPresences({',
    replace: "createPresences({ told: (delta) => log.info({ people: [...delta.keys()] }, 'told'),",
    caughtBy: UNWRITTEN,
  },
  {
    breaks: 'what is private and was deleted comes back with an older log',
    file: 'packages/server/src/project/private-state.ts',
    find: 'tombstones.has(name) ? undefined : openSealed(person, name, sealed)',
    replace: 'openSealed(person, name, sealed)',
    caughtBy: [
      PRIVATE,
      'an older log brings back nothing that was deleted, and nobody who is gone; what was kept is there',
    ],
  },
  {
    breaks: 'any ledger is taken for the one of the private log',
    file: 'packages/server/src/project/private-state.ts',
    find: "return id === undefined ? 'is lost' : 'is another one'",
    replace: "return 'same'",
    caughtBy: [
      PRIVATE,
      'without its ledger, or with another one, nothing is read and nothing is lost: the start says so',
    ],
  },
  {
    breaks: 'whoever changes what is private looks at what was before',
    file: 'packages/server/src/serve/private-store.ts',
    find: 'await state.catchUp()',
    replace: '',
    caughtBy: [
      PRIVATE,
      'whoever changes something sees first what others wrote, however far behind their own replica is',
    ],
  },
]
