import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tidFrom } from '@waypost/kernel'
import { follows, REV_AHEAD_MS_MAX, revCanFollow } from './chain.ts'
import type { RepoHead } from './event.ts'

const NOW_MS = Date.UTC(2026, 0, 1)
const rev = (offsetMs: number): string => tidFrom((NOW_MS + offsetMs) * 1_000, 0)
const head: RepoHead = { rev: rev(0), data: 'tree', active: true, status: undefined }

/** 'ok', or the reason why not. */
function told(result: ReturnType<typeof follows>): string {
  return result.ok ? 'ok' : result.error.reason
}

test('a rev must be past the last one, and at most five minutes ahead of our clock', () => {
  assert.equal(told(revCanFollow(rev(1), head, NOW_MS)), 'ok')
  assert.equal(told(revCanFollow(rev(0), head, NOW_MS)), 'rev-repeated')
  assert.equal(told(revCanFollow(rev(-1), head, NOW_MS)), 'rev-repeated')
  assert.equal(told(revCanFollow(rev(REV_AHEAD_MS_MAX), head, NOW_MS)), 'ok')
  assert.equal(told(revCanFollow(rev(REV_AHEAD_MS_MAX + 1), head, NOW_MS)), 'rev-in-future')
  assert.equal(told(revCanFollow(rev(-86_400_000), undefined, NOW_MS)), 'ok')
})

test('a commit follows where both its forerunner and the tree before it are those that we know', () => {
  assert.equal(told(follows({ since: rev(0), prevData: 'tree' }, head)), 'ok')
  assert.equal(told(follows({ since: rev(0), prevData: 'another tree' }, head)), 'chain-broken')
  assert.equal(told(follows({ since: rev(-1), prevData: 'tree' }, head)), 'chain-broken')
  assert.equal(told(follows({ since: null, prevData: 'tree' }, head)), 'chain-broken')
})

test('of somebody unknown only the first commit follows', () => {
  assert.equal(told(follows({ since: null, prevData: 'empty' }, undefined)), 'ok')
  assert.equal(told(follows({ since: rev(0), prevData: 'tree' }, undefined)), 'chain-broken')
})
