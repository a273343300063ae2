import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assureValidCreationOp } from '@did-plc/lib'
import { makePeople } from './directory-client.ts'

test('the same seed gives the same people, and their DIDs are what the directory would work out', async () => {
  const people = await makePeople({ seed: 'a', count: 12, prefix: 'ny' })
  const again = await makePeople({ seed: 'a', count: 3, prefix: 'ny' })
  assert.deepEqual(
    again.map(({ did }) => did),
    people.slice(0, 3).map(({ did }) => did),
  )
  assert.notEqual((await makePeople({ seed: 'b', count: 1, prefix: 'ny' }))[0]!.did, people[0]!.did)
  assert.equal(new Set(people.map(({ did }) => did)).size, 12)
  for (const { did, handle, key, genesis } of people) {
    const document = await assureValidCreationOp(did, genesis)
    assert.deepEqual(document.alsoKnownAs, [`at://${handle}`])
    assert.equal(document.verificationMethods['atproto'], key.did)
  }
  assert.deepEqual(people.map(({ key }) => key.curve).filter((curve) => curve === 'p256').length, 1)
})
