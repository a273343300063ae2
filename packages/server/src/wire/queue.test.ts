import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Queue } from './queue.ts'

test('whatever is put in comes out in the same order, with as many left as were not taken', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: undefined })), (steps) => {
      const queue = new Queue<number>()
      const model: number[] = []
      for (const step of steps) {
        if (step === undefined) assert.equal(queue.shift(), model.shift())
        else {
          queue.push(step)
          model.push(step)
        }
        assert.equal(queue.length, model.length)
      }
    }),
  )
})
