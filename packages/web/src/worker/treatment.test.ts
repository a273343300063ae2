import assert from 'node:assert/strict'
import { test } from 'node:test'
import { treatmentOf } from './treatment.ts'

const HERE = 'https://waypost.example'

function treatment(path: string, asked: { method?: string; mode?: string; cache?: string } = {}): string {
  return treatmentOf({ method: 'GET', mode: 'cors', cache: 'default', url: new URL(path, HERE).href, ...asked }, HERE)
}

test('a page of the app is the shell, and a page of the server is the server’s', () => {
  const page = (path: string) => treatment(path, { mode: 'navigate' })
  assert.equal(page('/'), 'page')
  assert.equal(page('/person/ana.example'), 'page')
  assert.equal(page('/live'), 'network')
  for (const path of [
    '/oauth/callback?code=1',
    '/export/checkins.json',
    '/metrics',
    '/img/card/did:plc:ana/x/3a.png',
  ]) {
    assert.equal(page(path), 'network', path)
  }
})

test('what was read is kept, pictures and files of the app too', () => {
  assert.equal(treatment('/xrpc/app.waypost.feed.getGlobal?limit=30'), 'answer')
  assert.equal(treatment('/img/thumb/did:plc:ana/bafy'), 'picture')
  assert.equal(treatment('/assets/index-1234.js'), 'asset')
  assert.equal(treatment('/xrpc/app.waypost.actor.getSession'), 'session')
})

test('writes, live events, searches and whatever asks for no cache never come from it', () => {
  assert.equal(treatment('/xrpc/app.waypost.feed.createCheckin', { method: 'POST' }), 'network')
  assert.equal(treatment('/xrpc/app.waypost.actor.getSession', { cache: 'no-store' }), 'network')
  assert.equal(treatment('/xrpc/app.waypost.place.search?q=cafe'), 'network')
  assert.equal(treatment('/xrpc/app.waypost.place.getByCell?cell=u33db2'), 'network')
  assert.equal(treatment('/live?cursor=3'), 'network')
  assert.equal(treatment('https://elsewhere.example/assets/a.js'), 'network')
})

test('files that are made for somebody, tiles, and what is for machines are left to the browser', () => {
  const paths = [
    '/export/checkins.gpx',
    '/tiles/world.pmtiles',
    '/img/card/did:plc:ana/x/3a.png',
    '/oauth/sessions',
    '/metrics',
  ]
  for (const path of paths) assert.equal(treatment(path), 'network', path)
})

test('signing out is seen, and what is shared is taken', () => {
  assert.equal(treatment('/share', { method: 'POST', mode: 'navigate' }), 'share')
  assert.equal(treatment('/oauth/sign-out', { method: 'POST' }), 'sign-out')
})
