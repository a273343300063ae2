import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import { realWorld, type Did, type World } from '@waypost/kernel'
import { generatePeople } from '@waypost/load'
import { allEvents, behind, openNetwork, recordsOf, until, watch, type Network } from './kit/network.ts'
import { commit, visit } from './kit/visits.ts'

/** How whole repositories are asked for: how many at a time, how often, and what happens meanwhile. */

const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'

/** How often each question about a repository was asked. */
function counting(answered: Parameters<typeof behind>[0] = async () => undefined) {
  const asked = new Map<string, number>()
  const outbound = behind((url) => {
    const name = url.pathname.split('.').at(-1)!
    asked.set(name, (asked.get(name) ?? 0) + 1)
    return answered(url)
  })
  return { outbound, count: (name: string) => asked.get(name) ?? 0 }
}

test('however many repositories of one PDS are due, four are asked for at a time', async () => {
  await using network = await openNetwork()
  const people = await generatePeople('due', 40)
  const repos = new Map(await Promise.all(people.map(async ({ did }) => [did, await network.join(did)] as const)))
  await using engine = openMemoryEngine({ world: network.world })
  let [open, most] = [0, 0]
  const outbound = behind(async ({ pathname }) => {
    if (!pathname.endsWith('getRepo')) return undefined
    most = Math.max(most, ++open)
    await realWorld().timers.sleep(50)
    open--
    return undefined
  })
  await using watched = watch(network, engine, { outbound })
  const { host } = network
  for (const { did } of people) await host.emit(commit(did))
  for (const { did } of people) await host.emit(commit(did, { sent: 'never' }))
  for (const { did } of people) await host.emit(commit(did))
  await watched.settled()
  for (const [did, repo] of repos) assert.equal(await recordsOf(watched, did), repo.recordCount)
  assert.equal(watched.repairs.filter((outcome) => outcome === 'repaired').length, 40)
  assert.equal(most, 4)
})

test('more commits than may wait for a repair are let go, and the repository is fetched once more', async () => {
  await using network = await openNetwork()
  const { host } = network
  const ana = await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  let isHeld = true
  const { outbound, count } = counting(async ({ pathname }) => {
    while (isHeld && pathname.endsWith('getRepo')) await realWorld().timers.sleep(1)
    return undefined
  })
  await using watched = watch(network, engine, { outbound })
  await host.emit(commit(ANA))
  await watched.settled().catch(() => {})
  await host.emit(commit(ANA, { sent: 'never' }))
  await host.emit(commit(ANA))
  await until('the repository is asked for', () => count('getRepo') === 1)
  for (let turn = 0; turn < 200; turn++) await host.emit(commit(ANA))
  await until('all are read', () => watched.ingest.status()[0]?.cursor === host.emitted.frames)
  isHeld = false
  await until('nothing is missing', async () => (await recordsOf(watched, ANA)) === ana.recordCount)
  await watched.settled()
  assert.equal((await watched.eventLog.repoHead(ANA))?.rev, ana.head?.rev)
})

test('who signs in while an older question to their PDS is under way is asked about once more', async () => {
  await using network = await openNetwork()
  const ana = await network.join(ANA)
  await ana.commit([visit()])
  await using engine = openMemoryEngine({ world: network.world })
  const answer = Promise.withResolvers<void>()
  const { outbound, count } = counting(async ({ pathname }) => {
    if (!pathname.endsWith('getRepoStatus') || count('getRepoStatus') > 1) return undefined
    await answer.promise
    return { status: 400, json: { error: 'RepoDeactivated' } }
  })
  await using watched = watch(network, engine, { outbound })
  const first = watched.ingest.track(ANA)
  await until('she is asked about', () => count('getRepoStatus') === 1)
  const second = watched.ingest.track(ANA)
  answer.resolve()
  await Promise.all([first, second])
  await until('she is in the log', async () => (await recordsOf(watched, ANA)) === ana.recordCount)
})

test("whoever's frames are refused again and again has their PDS asked once a minute", async () => {
  await using network = await openNetwork()
  const { host } = network
  await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  const { outbound, count } = counting()
  await using watched = watch(network, engine, { outbound })
  await host.emit(commit(ANA))
  await watched.settled()
  for (let turn = 0; turn < 30; turn++) {
    await host.emit(commit(ANA, { fault: 'op-mismatch', sent: 'never', writes: [visit()] }))
    await until('refused', () => watched.refusals.length > turn)
  }
  await watched.settled()
  assert.equal(watched.refusals.length, 30)
  // One that waits while the PDS is asked may be old by then: the repository that was fetched is ahead of it.
  assert.ok(watched.refusals.filter(({ reason }) => reason === 'op-mismatch').length >= 29)
  assert.equal(count('getRepoStatus'), 1)
})

test('a PDS that fails is asked ever more rarely, and not on the stroke', async () => {
  await using network = await openNetwork()
  const { host } = network
  await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  const { outbound, count } = counting(async ({ pathname }) =>
    pathname.endsWith('getRepoStatus') ? { status: 503, json: {} } : undefined,
  )
  const waits: { readonly afterTry: number; readonly delayMs: number }[] = []
  const world: World = {
    ...network.world,
    timers: {
      ...network.world.timers,
      sleep(delayMs, signal) {
        waits.push({ afterTry: count('getRepoStatus'), delayMs })
        return network.world.timers.sleep(delayMs, signal)
      },
    },
  }
  await using watched = watch({ ...network, world }, engine, { outbound })
  await host.emit(commit(ANA, { sent: 'never' }))
  await host.emit(commit(ANA))
  await until('six tries', () => count('getRepoStatus') >= 6)
  const shares = [1, 2, 3, 4, 5].map((tried) => {
    const ceiling = 1_000 * 2 ** (tried - 1)
    const wait = waits.find(
      ({ afterTry, delayMs }) => afterTry === tried && delayMs >= ceiling / 2 && delayMs <= ceiling,
    )
    assert.ok(wait, `after try ${tried}: ${JSON.stringify(waits)}`)
    return wait.delayMs / ceiling
  })
  assert.ok(new Set(shares).size > 1, 'their times differ')
  assert.ok(watched.repairs.includes('failed'))
})

test('a PDS that says how long it wants to be left alone is left alone for so long, and not on the stroke', async () => {
  await using network = await openNetwork()
  const { host } = network
  await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  const { outbound, count } = counting(async ({ pathname }) =>
    pathname.endsWith('getRepoStatus') && count('getRepoStatus') === 1
      ? { status: 429, json: {}, headers: { 'retry-after': '20' } }
      : undefined,
  )
  const waits: number[] = []
  const world: World = {
    ...network.world,
    timers: {
      ...network.world.timers,
      sleep(delayMs, signal) {
        if (count('getRepoStatus') === 1) waits.push(delayMs)
        return network.world.timers.sleep(delayMs, signal)
      },
    },
  }
  await using watched = watch({ ...network, world }, engine, { outbound })
  await host.emit(commit(ANA, { sent: 'never' }))
  await host.emit(commit(ANA))
  await watched.settled()
  assert.deepEqual(watched.repairs, ['failed', 'adopted'])
  const longest = Math.max(...waits)
  assert.ok(longest > 20_000 && longest <= 30_000, `waited for ${longest} ms`)
})

test('a DID that was given up is the end of its account: everything but the end is gone from the log', async () => {
  await using network: Network = await openNetwork()
  const { host } = network
  await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  let isGivenUp = false
  const outbound = behind(async ({ pathname }) => {
    return isGivenUp && pathname.startsWith('/did:plc:') ? { status: 410, json: {} } : undefined
  })
  await using watched = watch(network, engine, { outbound })
  await host.emit(commit(ANA))
  await watched.settled()
  isGivenUp = true
  await host.emit({ kind: 'identity', did: ANA })
  await until('the end', async () => (await watched.eventLog.repoHead(ANA))?.status === 'deleted')
  await watched.settled()
  const left = (await allEvents(watched.eventLog)).filter(({ did }) => did === ANA)
  assert.deepEqual(
    left.map(({ kind, head }) => [kind, head.status]),
    [['account', 'deleted']],
  )
})
