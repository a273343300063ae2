import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkinPath, checkinUri, personPath, placePath, readPath, readReturnTo, signInPath } from './paths.ts'

const segment = fc.string({ minLength: 1, unit: 'grapheme' })
const plain = fc.stringMatching(/^[a-zA-Z0-9._:~-]{1,40}$/).filter((text) => !/^\.+$/.test(text))

test('every place id survives its path, slashes, colons and all', () => {
  assert.deepEqual(readPath(placePath('osm:node/123')), { page: 'place', id: 'osm:node/123' })
  fc.assert(fc.property(segment, (id) => assert.deepEqual(readPath(placePath(id)), { page: 'place', id })))
})

test('every person survives their path', () => {
  fc.assert(fc.property(plain, (actor) => assert.deepEqual(readPath(personPath(actor)), { page: 'person', actor })))
})

test('every check-in survives its path, ours and foreign ones', () => {
  const records = fc.record({
    did: plain,
    collection: fc.constantFrom('app.waypost.checkin', 'app.dropanchor.checkin', 'app.beaconbits.beacon'),
    rkey: plain,
  })
  fc.assert(
    fc.property(records, (record) => {
      const path = checkinPath(checkinUri(record))
      assert.deepEqual(readPath(path ?? ''), { page: 'checkin', ...record })
    }),
  )
})

test('a check-in of ours has the short path', () => {
  assert.equal(checkinPath('at://did:plc:ana/app.waypost.checkin/3k2a'), '/checkin/did:plc:ana/3k2a')
})

test('what is no record has no path', () => {
  assert.equal(checkinPath('https://example.com'), undefined)
  assert.equal(checkinPath('at://did:plc:ana'), undefined)
})

test('an unknown or malformed path is not found', () => {
  for (const path of ['/nowhere', '/place', '/place/%E0%A4%A', '/check-in/more', '/checkin/did:plc:a', '/a/b/c/d/e']) {
    assert.deepEqual(readPath(path), { page: 'not-found' })
  }
})

test('after signing in one is led back, but never off the site', () => {
  const search = (path: string) => path.slice(path.indexOf('?'))
  assert.equal(readReturnTo(search(signInPath('/place/osm:node%2F1'))), '/place/osm:node%2F1')
  assert.equal(readReturnTo(''), '/')
  for (const hostile of ['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)', '/ x']) {
    assert.equal(readReturnTo(`?returnTo=${encodeURIComponent(hostile)}`), '/')
  }
})
