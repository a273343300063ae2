import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { subjectsOf, textOf } from './subjects.ts'

const subjects = subjectsOf('waypost')

test('any key is one token of a subject, and comes back out of it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }), (key) => {
      const subject = subjects.log.entriesOf(key)
      assert.match(subject, /^waypost\.log\.\d{1,2}\.[A-Za-z0-9:_=-]+$/)
      assert.equal(textOf(subject), key)
    }),
  )
})

test('a DID is readable in its subject, and its partition never changes', () => {
  assert.equal(subjects.log.entriesOf('did:plc:ana'), 'waypost.log.19.did:plc:ana')
  assert.equal(subjects.log.entriesOf('did:web:a.example'), 'waypost.log.36.did:web:a=2eexample')
})

test('a key too long for a subject still has one of its own', () => {
  const [one, other] = ['a', 'b'].map((end) => subjects.log.entriesOf('ä'.repeat(2_559) + end))
  assert.ok(one!.length < 200)
  assert.notEqual(one, other)
  assert.equal(textOf(one!), undefined)
})
