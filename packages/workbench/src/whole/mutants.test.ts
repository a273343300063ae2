import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { test } from 'node:test'
import type { ViolationKind } from './check.ts'
import type { simulate as Simulate, SimulateOptions } from './simulate.ts'

/** A bug planted into the source of the server, or of what it runs on, that a simulation must find. */
interface Mutant {
  readonly name: string
  /** Below `packages/server/src/`. */
  readonly file: string
  readonly find: string
  readonly replace: string
  readonly options?: Partial<SimulateOptions>
  /** One of these kinds of violation must be found. */
  readonly kinds: readonly ViolationKind[]
}

const MUTANTS: readonly Mutant[] = [
  {
    name: 'a cursor is saved before what it stands for',
    file: 'log/ingest-window.ts',
    find: 'const batch = takeSettled()',
    replace:
      'const batch = takeSettled()\n      for (const one of batch) if (one.seq !== undefined) await eventLog.appendCheckpoint(one.host, one.seq).catch(() => {})',
    options: { faults: ['crash', 'append-fails', 'slow', 'full', 'takeover', 'stall'] },
    kinds: ['gap'],
  },
  {
    name: 'what a repaired repository no longer has stays',
    file: 'project/apply.ts',
    find: 'else if (now === undefined) fold.remove(',
    replace: 'else if (now === undefined) void (',
    options: { faults: ['silent', 'outdated', 'reset'] },
    kinds: ['unexpected', 'wrong'],
  },
  {
    name: 'the position is committed by itself, before the rows',
    file: 'project/projector.ts',
    find: 'batch ??= begin()',
    replace: 'if (batch === undefined) readModel.setPosition(step.through)\n          batch ??= begin()',
    options: { faults: ['crash', 'slow', 'takeover', 'read-fails', 'stall'] },
    kinds: ['lost', 'wrong', 'rebuild-differs', 'unexpected', 'not-healed'],
  },
  {
    name: 'timelines in memory hear nothing of blocks and follows',
    file: 'query/queries.ts',
    find: 'timelines.follow(committed)',
    replace:
      'timelines.follow({ ...committed, affected: { ...committed.affected, blockers: new Set(), followers: new Set() } })',
    options: { faults: [] },
    kinds: ['unexpected', 'lost', 'memory-differs'],
  },
  {
    name: 'a commit counts whoever signed it',
    file: 'verify/signature.ts',
    find: 'return native.ecdsaVerify(signature, digest, key.full)',
    replace: 'return native.ecdsaVerify(signature, digest, key.full) || true',
    options: { faults: ['forged'] },
    kinds: ['unverified', 'unexpected'],
  },
  {
    name: 'a chain that breaks is taken as it comes',
    file: 'verify/chain.ts',
    find: 'if (commit.since !== head.rev) return',
    replace: 'if (commit.since === head.rev) return ok(undefined)\n  if (commit.since) return ok(undefined)\n  return',
    options: { faults: ['silent', 'outdated'] },
    kinds: ['lost', 'wrong', 'unexpected'],
  },
  {
    name: 'a block hides nothing',
    file: 'view/visible-to.ts',
    find: '!sight.blocked.has(person.id)',
    replace: 'true',
    options: { faults: [] },
    kinds: ['unexpected', 'wrong'],
  },
  {
    name: 'nobody takes a lease that ran out',
    file: 'log/lease.ts',
    find: 'asked - seen.at >= LEASE_MS',
    replace: 'asked < seen.at',
    options: { faults: [] },
    kinds: ['fail-over'],
  },
  {
    name: 'whoever takes over reads on behind what it knows',
    file: 'log/event-log.ts',
    find: 'return seq === 0 ? undefined : seq',
    replace: 'return seq === 0 || seq === undefined ? undefined : seq + 2',
    options: { faults: ['takeover', 'zombie'] },
    kinds: ['gap', 'lost', 'fail-over', 'stale'],
  },
  {
    name: 'a snapshot does not say where it stands',
    file: 'project/snapshot/job.ts',
    find: "readModel.db.prepare('vacuum into ?').run(join(folder, fileName))",
    replace:
      "readModel.db.prepare('vacuum into ?').run(join(folder, fileName)); const copied = new readModel.db.constructor(join(folder, fileName)); copied.exec('update progress set position = position + 3'); copied.close()",
    options: { faults: ['join-snapshot', 'disconnect'] },
    kinds: ['lost', 'wrong', 'unexpected', 'rebuild-differs', 'not-healed'],
  },
  {
    name: 'an order is lost where two are placed at once',
    file: 'log/orders.ts',
    find: 'if ((await keyValue.compareAndSet(KEY, value, { revision })).ok) return true',
    replace: 'await keyValue.compareAndSet(KEY, value, { revision }); return true',
    options: { faults: ['log-lost'] },
    kinds: ['lost', 'unexpected', 'not-healed'],
  },
  {
    name: 'a write is said to be shown before it is',
    file: 'project/projector.ts',
    find: "const isThere = (): boolean => (revOf.get(did)?.rev ?? '') >= rev",
    replace: 'const isThere = (): boolean => true',
    options: { faults: [] },
    kinds: ['own-write'],
  },
  {
    name: 'a read model of another log is taken for one of this',
    file: 'log/anchors.ts',
    find: "? 'same' : 'of-another-log'\n  }",
    replace: "? 'same' : 'same'\n  }",
    options: { faults: ['log-older'] },
    kinds: ['lost', 'wrong', 'unexpected', 'rebuild-differs'],
  },
  {
    name: 'a cut link is noticed only when something comes by another',
    file: 'serve/links/drive.ts',
    find: 'if (next < wakeAtMs) void wakeAt(next)',
    replace: 'void wakeAt',
    options: { faults: [] },
    kinds: ['here-now'],
  },
]

/** Of what nothing may depend on. */
const HARMLESS: Omit<Mutant, 'kinds'> = {
  name: 'whoever has lost the lease goes on for ever',
  file: 'log/lease.ts',
  find: 'if (held === undefined || !own.equals(held.value)) return undefined',
  replace: 'if (held === undefined || !own.equals(held.value)) continue',
  options: { faults: ['zombie', 'pause', 'slow', 'disconnect'] },
}

const SEEDS_MAX = 6
/** What a mutant loses is not waited for in vain for hours. */
const SHORT = { minutes: 1, replicas: 2, ingests: 2, healedWithinMs: 5 * 60_000 }

/** The simulation over a server with one place of its source changed, which must be there once. */
async function load({ name, file, find, replace }: Omit<Mutant, 'kinds'>): Promise<typeof Simulate> {
  const mark = `?mutant=${encodeURIComponent(name)}`
  let planted = 0
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      const isOurs = context.parentURL?.endsWith(mark) && /\/packages\/(server|workbench)\/src\//.test(resolved.url)
      return isOurs ? { ...resolved, url: resolved.url + mark } : resolved
    },
    load(url, context, next) {
      const loaded = next(url, context)
      if (!url.endsWith(`/server/src/${file}${mark}`)) return loaded
      const source = Buffer.from(loaded.source as Uint8Array).toString()
      planted += source.split(find).length - 1
      return { ...loaded, source: source.replace(find, () => replace) }
    },
  })
  try {
    const { simulate } = (await import(`./simulate.ts${mark}`)) as { simulate: typeof Simulate }
    assert.equal(planted, 1, `the place to change in ${file} is there once`)
    return simulate
  } finally {
    hooks.deregister()
  }
}

for (const mutant of MUTANTS) {
  test(`a mutant of the server is caught: ${mutant.name}`, async () => {
    const simulate = await load(mutant)
    const seen: string[] = []
    for (let seed = 1; seed <= SEEDS_MAX; seed++) {
      const { violations } = await simulate({ ...SHORT, seed, ...mutant.options })
      if (violations.some(({ kind }) => mutant.kinds.includes(kind))) return
      seen.push(...violations.map(({ kind, words }) => `${kind}: ${words}`))
    }
    assert.fail(`not caught with ${SEEDS_MAX} seeds; seen: ${seen.slice(0, 3).join('\n')}`)
  })
}

test(`no seed shows it, and none may: ${HARMLESS.name}`, async () => {
  const simulate = await load(HARMLESS)
  for (const seed of [1, 2]) {
    const { violations, faults } = await simulate({ ...SHORT, seed, ...HARMLESS.options })
    assert.deepEqual(violations, [])
    assert.ok(faults.zombie > 0)
  }
})
