import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMessage } from './parse-message.ts'

test('a message of the node is read, whatever its id', () => {
  const line = '{"id":7,"src":"n0","dest":"c1","body":{"type":"echo_ok","in_reply_to":1,"echo":[1]}}'
  const body = { type: 'echo_ok', in_reply_to: 1, echo: [1] }
  assert.deepEqual(parseMessage(line, 'n0'), { ok: true, value: { src: 'n0', dest: 'c1', body } })
})

const RUBBISH: Readonly<Record<string, RegExp>> = {
  'debug: hello': /^a line that is not JSON/,
  '[1]': /^a line that is no object/,
  '{"src":"n0","dest":"n1","body":{"type":"a"},"priority":1}': /^a message with the unknown key priority/,
  '{"src":"n1","dest":"n0","body":{"type":"a"}}': /^a message whose src is not n0/,
  '{"src":"n0","body":{"type":"a"}}': /^a message without dest/,
  '{"src":"n0","dest":"n1","body":{"kind":"a"}}': /^a message whose body has no type/,
  '{"src":"n0","dest":"n1","body":{"type":"a","msg_id":"1"}}': /^a body whose msg_id is no integer/,
}

for (const [line, words] of Object.entries(RUBBISH)) {
  test(`rubbish is refused with a reason: ${line}`, () => {
    const parsed = parseMessage(line, 'n0')
    assert.ok(!parsed.ok)
    assert.match(parsed.error, words)
  })
}
