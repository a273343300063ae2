import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simWorld } from '@waypost/kernel/sim'
import { createOperatorSignIn, PROOF_SECONDS } from '#serve/ops/sign-in.ts'

const PASSWORD = 'a password for the operator'

function proofOf(answer: ReturnType<ReturnType<typeof createOperatorSignIn>['tryPassword']>): string {
  assert.ok(typeof answer === 'object', 'a proof')
  return answer.proof
}

test('whoever knows the password has a proof of it, for half a day', async () => {
  const world = simWorld()
  const signIn = createOperatorSignIn(world, PASSWORD)
  assert.equal(signIn.tryPassword('another one', '::1'), 'wrong')
  const proof = proofOf(signIn.tryPassword(PASSWORD, '::1'))
  assert.equal(signIn.holds(proof), true)
  await world.advance(PROOF_SECONDS * 1_000)
  assert.equal(signIn.holds(proof), false)
})

test('a proof holds wherever the password is the same, and nowhere else', () => {
  const world = simWorld()
  const proof = proofOf(createOperatorSignIn(world, PASSWORD).tryPassword(PASSWORD, '::1'))
  assert.equal(createOperatorSignIn(world, PASSWORD).holds(proof), true)
  assert.equal(createOperatorSignIn(world, `${PASSWORD}!`).holds(proof), false)
})

test('no other time than the proven one is believed, and nothing that is no proof', () => {
  const signIn = createOperatorSignIn(simWorld(), PASSWORD)
  const proof = proofOf(signIn.tryPassword(PASSWORD, '::1'))
  const [until, seal] = proof.split('.') as [string, string]
  for (const other of [undefined, '', until, `${Number(until) + 1}.${seal}`, `${proof}x`, `.${seal}`, `${until}.`]) {
    assert.equal(signIn.holds(other), false, String(other))
  }
})

test('whoever guesses is held up, the right password too, and others are not', async () => {
  const world = simWorld()
  const signIn = createOperatorSignIn(world, PASSWORD)
  for (let n = 0; n < 5; n++) assert.equal(signIn.tryPassword('a guess', '10.0.0.1'), 'wrong')
  assert.equal(signIn.tryPassword(PASSWORD, '10.0.0.1'), 'too-many')
  proofOf(signIn.tryPassword(PASSWORD, '10.0.0.2'))
  await world.advance(300_000)
  proofOf(signIn.tryPassword(PASSWORD, '10.0.0.1'))
})
