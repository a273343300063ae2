import assert from 'node:assert/strict'
import { test } from 'node:test'
import { likeState } from './likes.ts'

const like = 'at://did:plc:me/community.lexicon.interaction.like/1' as const

test('without a press the view is shown as it is', () => {
  assert.deepEqual(likeState({ likeCount: 3 }), { isLiked: false, count: 3 })
  assert.deepEqual(likeState({ likeCount: 3, viewer: { like } }), { isLiked: true, count: 3 })
})

test('a press changes the count by one, whichever view is beneath', () => {
  assert.deepEqual(likeState({ likeCount: 3 }, true), { isLiked: true, count: 4 })
  assert.deepEqual(likeState({ likeCount: 4, viewer: { like } }, true), { isLiked: true, count: 4 })
  assert.deepEqual(likeState({ likeCount: 4, viewer: { like } }, false), { isLiked: false, count: 3 })
  assert.deepEqual(likeState({ likeCount: 0 }, false), { isLiked: false, count: 0 })
})
