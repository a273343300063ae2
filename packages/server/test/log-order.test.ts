import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryEngine, type Engine } from '@waypost/engine'
import { realWorld, type Did } from '@waypost/kernel'
import { checksHere, type Checks } from '#verify/check-pool.ts'
import { createOutbound, type Outbound } from '#wire/outbound.ts'
import { allEvents, behind, openNetwork, until, watch, type Network, type Watched } from './kit/network.ts'
import { commit } from './kit/visits.ts'

/* The log has a person's events in the order in which they were found to be true, whatever else goes on meanwhile. */

const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'

interface Gate {
  readonly opened: Promise<void>
  open(): void
}

function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

/** Whatever has its answer by now is in its turn, or waits for it. */
function aMoment(): Promise<void> {
  return realWorld().timers.sleep(50)
}

async function takenOff(watched: Watched, { host }: Network): Promise<void> {
  await until('all is taken off the socket', () => watched.ingest.status()[0]?.lastSeq === host.lastSeq)
}

async function assertInOrder({ eventLog }: Watched, rev: string | undefined): Promise<void> {
  const revs = (await allEvents(eventLog)).map(({ head }) => head.rev)
  const isInOrder = revs.every((own, index) => index === 0 || own! >= revs[index - 1]!)
  assert.ok(isInOrder, `no event knows less of the repository than the one before it: ${revs.join(' ')}`)
  assert.equal((await eventLog.repoHead(ANA))?.rev, rev, 'the newest one knows all of it')
}

/** The same engine, but that notes of what is due wait for the gate where `isHeld` says so. */
function holding(engine: Engine, isHeld: (key: string) => boolean, { opened }: Gate): Engine {
  const { keyValue } = engine
  return {
    ...engine,
    keyValue: {
      ...keyValue,
      get: (key) => keyValue.get(key),
      list: (prefix) => keyValue.list(prefix),
      delete: (key) => keyValue.delete(key),
      async put(key, value, options) {
        if (isHeld(key)) await opened
        return keyValue.put(key, value, options)
      },
    },
    async [Symbol.asyncDispose]() {},
  }
}

test('a handle that is found between two commits stands between them in the log', async () => {
  await using network = await openNetwork()
  const { host } = network
  const ana = await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  const [handle, check] = [gate(), gate()]
  let [asked, checking] = [0, 0]
  let isHeld = false
  const outbound = behind(async ({ pathname }) => {
    if (isHeld && pathname.endsWith('resolveHandle')) {
      asked++
      await handle.opened
    }
    return undefined
  })
  const checks: Checks = {
    async check(frame, key) {
      if (isHeld) {
        checking++
        await check.opened
      }
      return checksHere.check(frame, key)
    },
  }
  await using watched = watch(network, engine, { outbound, checks })
  await host.emit(commit(ANA))
  await watched.settled()
  isHeld = true
  await host.emit({ kind: 'identity', did: ANA })
  await until('the handle is asked for', () => asked === 1)
  await host.emit(commit(ANA))
  await until('the commit is being checked', () => checking === 1)
  handle.open()
  await aMoment()
  await host.emit(commit(ANA))
  await takenOff(watched, network)
  check.open()
  await watched.settled()
  await assertInOrder(watched, ana.head?.rev)
})

test('a repository that was fetched stands before the commits that came after it', async () => {
  await using network = await openNetwork()
  const { host } = network
  const ana = await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  const [repo, noted] = [gate(), gate()]
  let [asked, noting, isHeld] = [0, 0, false]
  const outbound = behind(async ({ pathname }) => {
    if (pathname.endsWith('getRepo') && isHeld) {
      asked++
      await repo.opened
    }
    return undefined
  })
  const held = holding(engine, (key) => isHeld && key.includes('/identity/') && ++noting > 0, noted)
  await using watched = watch(network, held, { outbound })
  await host.emit(commit(ANA))
  await watched.settled()
  isHeld = true
  await host.emit(commit(ANA, { sent: 'never' }))
  await host.emit(commit(ANA))
  await until('the repository is asked for', () => asked === 1)
  await host.emit({ kind: 'identity', did: ANA })
  await until('the news are being noted', () => noting === 1)
  repo.open()
  await aMoment()
  await host.emit(commit(ANA))
  await takenOff(watched, network)
  noted.open()
  await watched.settled()
  await assertInOrder(watched, ana.head?.rev)
})

test('an account that goes away while its repository is on the way is not shown', async () => {
  await using network = await openNetwork()
  const { host } = network
  const ana = await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  const real = createOutbound({ allowedLoopbackOrigins: 'any-loopback' })
  const arrives = gate()
  let fetched = 0
  const outbound: Outbound = {
    ...real,
    async fetch(url, options) {
      const answer = await real.fetch(url, options)
      if (url.includes('getRepo?') && ++fetched === 1) await arrives.opened
      return answer
    },
  }
  await using watched = watch(network, engine, { outbound })
  await host.emit(commit(ANA))
  await watched.settled()
  await host.emit(commit(ANA, { sent: 'never' }))
  await host.emit(commit(ANA))
  await until('the repository is on its way', () => fetched === 1)
  await host.emit({ kind: 'account', did: ANA, active: false, status: 'deactivated' })
  await takenOff(watched, network)
  await aMoment()
  arrives.open()
  await watched.settled()
  const head = await watched.eventLog.repoHead(ANA)
  assert.deepEqual([head?.active, head?.status, head?.rev], [false, 'deactivated', ana.head?.rev])
})
