/** Accounts that end, and people who begin anew: what the ledger knows of them beside the log. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryEngine } from '@waypost/engine'
import type { Did } from '@waypost/kernel'
import type { VerifiedEvent } from '#verify/event.ts'
import { createDepartures } from '#log/departures.ts'
import { givenPrivate } from '#serve/given-private.ts'
import { allEvents, openNetwork, until, watch } from './kit/network.ts'
import { commit } from './kit/visits.ts'

const ANA: Did = 'did:plc:anaaaaaaaaaaaaaaaaaaaaaa'
const BEN: Did = 'did:plc:benaaaaaaaaaaaaaaaaaaaaa'

test('what another process says late of an account is set right when its PDS is asked, and an end that was noted is one again', async () => {
  await using network = await openNetwork()
  const { host } = network
  await network.join(ANA)
  await network.join(BEN)
  await using engine = openMemoryEngine({ world: network.world })
  await using own = await givenPrivate(network.world, engine)
  const departures = createDepartures(own.state.ledger, own.state.append)
  await using watched = watch(network, engine, { departures })
  const { ingest, eventLog } = watched
  for (const did of [ANA, BEN]) await host.emit(commit(did))
  await host.emit({ kind: 'account', did: BEN, active: false, status: 'deactivated' })
  await watched.settled()
  const said = await allEvents(eventLog)
  await host.emit({ kind: 'account', did: ANA, active: false, status: 'deleted' })
  await host.emit({ kind: 'account', did: BEN, active: true })
  await watched.settled()

  const late = said.filter(({ did, kind }) => (did === ANA ? kind === 'commit' : kind === 'account'))
  for (const event of late) await eventLog.append([{ ...event, source: { ...event.source, seq: 0 } } as VerifiedEvent])
  assert.deepEqual([(await eventLog.repoHead(ANA))?.active, (await eventLog.repoHead(BEN))?.active], [true, false])
  ingest.reconcile()
  await until('Ben is back', async () => (await eventLog.repoHead(BEN))?.active === true)
  await until('Ana is gone', async () => (await eventLog.repoHead(ANA))?.active === false)
  await watched.settled()
  assert.deepEqual(
    (await allEvents(eventLog)).filter(({ did }) => did === ANA).map(({ kind, head }) => [kind, head.status]),
    [['account', 'deleted']],
  )
})

test('whoever begins anew with a first commit is here again, though their account had ended', async () => {
  await using network = await openNetwork()
  const { host } = network
  const ana = await network.join(ANA)
  await using engine = openMemoryEngine({ world: network.world })
  await using own = await givenPrivate(network.world, engine)
  const departures = createDepartures(own.state.ledger, own.state.append)
  await departures.ended(ANA)
  await using watched = watch(network, engine, { departures })
  await host.emit(commit(ANA))
  await until('her commit is in the log', async () => (await watched.eventLog.repoHead(ANA))?.rev === ana.head?.rev)
  assert.equal(await departures.hasEnded(ANA), false)
})
