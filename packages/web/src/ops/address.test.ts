import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressOf } from './address.ts'

test('a check-in is named by its address or by the link of its page', () => {
  const uri = 'at://did:plc:ana/app.waypost.checkin/3k'
  assert.equal(addressOf(` ${uri}\n`), uri)
  assert.equal(addressOf('https://waypost.example/checkin/did:plc:ana/3k?x=1'), uri)
  assert.equal(
    addressOf('https://waypost.example/checkin/did:plc:ana/app.beaconbits.beacon/3k'),
    'at://did:plc:ana/app.beaconbits.beacon/3k',
  )
  for (const other of ['', 'did:plc:ana', 'at://ana.test/app.waypost.checkin/3k', 'https://waypost.example/place/x'])
    assert.equal(addressOf(other), undefined, other)
})
