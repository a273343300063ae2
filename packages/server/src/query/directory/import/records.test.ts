import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { recordsOf } from './records.ts'

async function read(text: string, delimiter = ','): Promise<readonly (readonly string[] | undefined)[]> {
  async function* lines() {
    yield* text.split('\n')
  }
  const found: (readonly string[] | undefined)[] = []
  for await (const record of recordsOf(lines(), delimiter)) found.push(record)
  return found
}

test('fields may be quoted, hold the delimiter, quotes and line ends, and be empty', async () => {
  assert.deepEqual(await read('a,"b, ""c""",,\n\n"d\n\ne",f\n,'), [
    ['a', 'b, "c"', '', ''],
    ['d\n\ne', 'f'],
    ['', ''],
  ])
  assert.deepEqual(await read('5" pipe,a "b"\tc', '\t'), [['5" pipe,a "b"', 'c']])
  assert.deepEqual(await read('"a" or b",c'), [['a" or b', 'c']])
})

test('a quote that nobody closes costs its own line and no other', async () => {
  const rest = Array.from({ length: 250 }, (_, nth) => (nth % 3 === 0 ? `"${nth}, quoted",x` : `${nth},x`))
  const expected = rest.map((_, nth) => [nth % 3 === 0 ? `${nth}, quoted` : `${nth}`, 'x'])
  assert.deepEqual(await read(['a,"b', ...rest].join('\n')), [undefined, ...expected])
  const plain = rest.map((_, nth) => `${nth},x`)
  const plainly = rest.map((_, nth) => [`${nth}`, 'x'])
  assert.deepEqual(await read(['a,"b', ...plain].join('\n')), [undefined, ...plainly])
  assert.deepEqual(await read([...plain, 'a,"b'].join('\n')), [...plainly, undefined])
  const many = await read(plain.flatMap((line) => ['"torn', line]).join('\n'))
  assert.equal(many.filter((record) => record === undefined).length, plain.length)
  assert.deepEqual(
    many.filter((record) => record !== undefined),
    plainly,
  )
})

const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'é') })
test('whatever is written by the rules is read as it was', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
      async (rows) => {
        const text = rows.map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join()).join('\n')
        assert.deepEqual(await read(text), rows)
      },
    ),
  )
})

test('however torn a table is, each of its lines is at most one record, and it ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 30 }), async (parts) => {
      const text = parts.join('')
      assert((await read(text)).length <= text.split('\n').length)
    }),
  )
})
