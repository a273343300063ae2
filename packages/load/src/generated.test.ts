import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { startFakeHost } from './fake-host.ts'
import { generatedEvents, generatePeople } from './generated.ts'
import { createSignedRepo } from './signed-repo.ts'

async function life(seed: number): Promise<object[]> {
  const people = await generatePeople('life', 16)
  const { random } = simWorld({ seed })
  return [...generatedEvents(people, { random, commitsEach: 10, startMs: Date.UTC(2025, 0, 1) })]
}

test('a generated life follows from its seed', async () => {
  assert.deepEqual(await life(1), await life(1))
  assert.notDeepEqual(await life(1), await life(2))
})

test('a host can live a generated life: every write fits what is there', async () => {
  const world = simWorld()
  const people = await generatePeople('life', 16)
  await using host = await startFakeHost({ world })
  for (const { did, handle, key } of people) {
    host.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
  }
  for (const event of generatedEvents(people, { random: world.random, commitsEach: 10, startMs: 0 })) {
    await host.emit(event)
  }
  assert.equal(host.emitted.commits, 16 * 11)
})
