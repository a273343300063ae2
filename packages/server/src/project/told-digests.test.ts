import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openMemoryEngine, type KeyValue, type Position } from '@waypost/engine'
import { simWorld } from '@waypost/kernel/sim'
import { openEventLog } from '#log/event-log.ts'
import type { EventBody, VerifiedEvent } from '#verify/event.ts'
import { called, checkedIn, checkinUri, liked, tell } from './given.ts'
import { SLOT_MS, startProjector } from './projector.ts'
import { openReadModel } from './read-model.ts'
import { createToldDigests, differingReplicas } from './told-digests.ts'

const FIRST = tell([called('ana', 'ana.example'), checkedIn('ana', 'one'), checkedIn('ben', 'two')])
const NAMES = ['left', 'middle', 'right'] as const

test('of three replicas the one is named of which a row was changed, once all stand at the same place; and not a moment later than it is whole', async () => {
  const world = simWorld()
  const { log, keyValue } = openMemoryEngine({ world })
  const eventLog = openEventLog(log, world)
  const append = (events: readonly EventBody[]) => eventLog.append(events as readonly VerifiedEvent[])
  const root = mkdtempSync(join(tmpdir(), 'waypost-digests-'))
  let next = 0

  /** Reads on to the end of the log; what is told meanwhile is there once it resolves. */
  async function follow(name: string): Promise<void> {
    using readModel = openReadModel({ folder: join(root, name) })
    const told = Promise.withResolvers<void>()
    const heard: Pick<KeyValue, 'put' | 'delete'> = {
      ...keyValue,
      put: (...given) => keyValue.put(...given).finally(told.resolve),
    }
    const tellDigest = createToldDigests({
      world,
      keyValue: heard,
      readModel,
      owner: name,
      replica: name,
      failed: told.reject,
    })
    let isAsked = false
    const atMilestone = (at: Position): Promise<void> => {
      isAsked = true
      next = at
      return tellDigest(at)
    }
    await using _projector = startProjector({ world, eventLog, readModel, atMilestone })
    const head = await eventLog.head()
    while (readModel.position() < head) {
      await world.advance(10)
      await new Promise((resolve) => setImmediate(resolve))
    }
    if (isAsked) await told.promise
  }

  try {
    await append(FIRST)
    for (const name of NAMES) await follow(name)
    assert.deepEqual(await differingReplicas(keyValue), { compared: 0, differing: [] }, 'nobody was asked')

    // A replica that starts anew needs to have seen the stretch before.
    const later = tell([liked('ben', checkinUri('ana', 'one')), checkedIn('cem', 'three')])
    {
      using planted = openReadModel({ folder: join(root, 'middle') })
      planted.db.exec("update person set handle = 'eve.example' where handle is not null")
    }
    await append(later.slice(0, 1))
    await world.advance(SLOT_MS)
    await append(later.slice(1))
    for (const name of NAMES) await follow(name)
    assert.ok(next > 0)
    assert.deepEqual(await differingReplicas(keyValue), {
      compared: 3,
      differing: [{ replica: 'middle', next, isOutvoted: true }],
    })
    await keyValue.delete('digest/left')
    const { differing } = await differingReplicas(keyValue)
    assert.deepEqual(
      differing.map(({ replica, isOutvoted }) => [replica, isOutvoted]),
      [
        ['middle', false],
        ['right', false],
      ],
      'of two nobody can tell',
    )

    for (const name of ['left', 'middle']) rmSync(join(root, name), { recursive: true })
    for (const name of ['left', 'middle']) await follow(name)
    assert.deepEqual(await differingReplicas(keyValue), { compared: 3, differing: [] })
  } finally {
    rmSync(root, { recursive: true })
  }
})
