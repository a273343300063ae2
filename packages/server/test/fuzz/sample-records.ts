import type { Did } from '@waypost/kernel'
import { toBytes, toCidLink } from '@atcute/cbor'
import { fromString } from '@atcute/cid'
import type { Collection } from '#verify/collections.ts'

const WHEN = '2026-01-01T12:00:00.000Z'
const CID = 'bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm'
const DID: Did = 'did:plc:samplesamplesamplesample'
const TID = '3l3qo2vuowo2b'

const picture = {
  $type: 'blob',
  ref: toCidLink(fromString('bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity')),
  mimeType: 'image/jpeg',
  size: 9_000,
}
const geo = { latitude: '52.52000', longitude: '13.40500', altitude: '34', name: 'Mitte' }
const address = { country: 'DE', postalCode: '10115', region: 'BE', locality: 'Berlin', street: 'Any 1', name: 'Café' }
const facet = {
  index: { byteStart: 0, byteEnd: 4 },
  features: [
    { $type: 'app.bsky.richtext.facet#mention', did: DID },
    { $type: 'app.bsky.richtext.facet#link', uri: 'https://place.example/' },
    { $type: 'app.bsky.richtext.facet#tag', tag: 'coffee' },
  ],
}
const reference = (collection: string) => ({ uri: `at://${DID}/${collection}/${TID}`, cid: CID })
const labels = { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: 'food' }] }
const place = {
  name: 'Café Mitte 🥐',
  geo,
  address,
  category: 'food.cafe',
  refs: [
    { $type: 'app.waypost.checkin#osmRef', type: 'node', id: '240109189' },
    { $type: 'app.waypost.checkin#overtureRef', id: '08f2a1072b59ffff0393e6b5f2b5f6c5' },
    { $type: 'app.waypost.checkin#geonamesRef', id: '2950159' },
    { $type: 'community.lexicon.location.hthree', value: '881f1d4887fffff' },
    { $type: 'community.lexicon.location.fsq', fsq_place_id: '4b0588f1f964a520b8d422e3' },
    { $type: 'com.atproto.repo.strongRef', ...reference('app.waypost.place') },
  ],
}
const like = { subject: reference('app.waypost.checkin'), createdAt: WHEN }
const anchor = { text: 'Hello', createdAt: WHEN, category: 'cafe', categoryGroup: 'Food', categoryIcon: '☕' }

/** Of every collection that is kept at least one record, valid and with nearly all of its fields. */
export const SAMPLE_RECORDS: Readonly<Record<Collection, readonly object[]>> = {
  'app.waypost.checkin': [
    {
      place,
      text: 'Good coffee, né?',
      facets: [facet],
      photos: [{ image: picture, alt: 'A cup', aspectRatio: { width: 4, height: 3 } }],
      with: [DID, 'did:web:a.example'],
      position: { precision: 'exact', location: { $type: 'community.lexicon.location.geo', ...geo } },
      visitedAt: '2026-01-01T11:00:00+01:00',
      event: reference('community.lexicon.calendar.event'),
      langs: ['de', 'pt-BR'],
      labels,
      createdAt: WHEN,
      extra: { list: [1, -1, null, true, toBytes(Uint8Array.of(1, 2, 3))] },
    },
    {
      place: { name: 'Somewhere' },
      position: {
        precision: 'area',
        location: { $type: 'community.lexicon.location.hthree', value: '882a100d2dfffff' },
      },
      createdAt: WHEN,
    },
  ],
  'app.waypost.place': [
    { name: place.name, geo, address, category: 'food.cafe', sameAs: place.refs.slice(0, 3), createdAt: WHEN },
  ],
  'app.waypost.comment': [
    {
      subject: reference('app.waypost.checkin'),
      text: 'Yes, very',
      facets: [facet],
      reply: reference('app.waypost.comment'),
      langs: ['en'],
      createdAt: WHEN,
    },
  ],
  'app.waypost.companion': [{ subject: reference('app.waypost.checkin'), createdAt: WHEN }],
  'app.waypost.list': [{ name: 'Harbours', description: 'With boats', createdAt: WHEN }],
  'app.waypost.listItem': [{ place, list: reference('app.waypost.list').uri, note: 'In spring', createdAt: WHEN }],
  'app.waypost.listFollow': [{ subject: reference('app.waypost.list').uri, createdAt: WHEN }],
  'app.waypost.tip': [{ place, text: 'Go early', photo: { image: picture, alt: '' }, langs: ['en'], createdAt: WHEN }],
  'app.waypost.placeLink': [{ place, sameAs: { name: 'The old mill', geo }, createdAt: WHEN }],
  'app.waypost.profile': [
    { displayName: 'Ana', description: 'Here and there', avatar: picture, home: place, createdAt: WHEN },
  ],
  'community.lexicon.interaction.like': [like],
  'community.lexicon.calendar.rsvp': [
    { subject: reference('community.lexicon.calendar.event'), status: 'community.lexicon.calendar.rsvp#going' },
  ],
  'app.bsky.graph.follow': [{ subject: DID, createdAt: WHEN, via: reference('app.bsky.graph.starterpack') }],
  'app.bsky.graph.block': [{ subject: DID, createdAt: WHEN }],
  'app.bsky.actor.profile': [
    { displayName: 'Ana', description: 'Hi', avatar: picture, banner: picture, labels, createdAt: WHEN },
  ],
  'app.dropanchor.checkin': [
    { ...anchor, address, geo },
    { ...anchor, addressRef: reference('community.lexicon.location.address'), coordinates: geo },
    {
      ...anchor,
      locations: [
        { $type: 'community.lexicon.location.geo', ...geo },
        { $type: 'community.lexicon.location.address', ...address },
      ],
    },
  ],
  'app.dropanchor.comment': [{ text: 'Nice', createdAt: WHEN, checkinRef: reference('app.dropanchor.checkin') }],
  'app.dropanchor.like': [{ createdAt: WHEN, checkinRef: reference('app.dropanchor.checkin') }],
  'app.beaconbits.beacon': [
    {
      venueUri: 'osm://node/240109189',
      venueName: 'Pier',
      venueAddress: 'Any 1',
      venueCategory: 'pier',
      addressDetails: address,
      location: geo,
      shout: 'Ahoy',
      rating: 4,
      mentions: [DID],
      visibility: 'public',
      revealAt: WHEN,
      post: reference('app.bsky.feed.post'),
      createdAt: WHEN,
    },
  ],
  'app.beaconbits.beacon.like': [{ subject: reference('app.beaconbits.beacon').uri, createdAt: WHEN }],
}

/** The key under which records of a collection stand; the dice of a test do not matter to it. */
export function sampleKey(collection: string): string {
  return collection.endsWith('.profile') ? 'self' : TID
}

export function sampleRecord(collection: Collection, index = 0): object {
  const samples = SAMPLE_RECORDS[collection]
  return { $type: collection, ...samples[index % samples.length] }
}
