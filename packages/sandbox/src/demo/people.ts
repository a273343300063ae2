import type { Look } from './portrait.ts'

/** Somebody invented, who exists in demos only. */
export interface DemoPerson {
  /** The handle is this with `.test`. */
  readonly name: string
  readonly displayName: string
  readonly description: string
  /** The town they call home; decimal degrees. */
  readonly home: {
    readonly town: string
    readonly country: string
    readonly latitude: string
    readonly longitude: string
  }
  readonly langs: readonly string[]
  /** Names of the people they follow. */
  readonly follows: readonly string[]
  readonly look: Look
}

export const people: readonly DemoPerson[] = [
  {
    name: 'mira',
    displayName: 'Mira Vale',
    description: 'Bridges, bakeries, bad weather. Usually on the slower train.',
    home: { town: 'Porto', country: 'PT', latitude: '41.1496', longitude: '-8.6110' },
    langs: ['en', 'pt'],
    follows: ['tomo', 'juno', 'idris', 'lina', 'bas', 'noor', 'rafa'],
    look: {
      ground: ['#ffb199', '#ff7e67'],
      skin: '#f2c9a6',
      hair: '#5b2a2e',
      hairCut: 'waves',
      shirt: '#1f4e5f',
      pattern: 'sun',
    },
  },
  {
    name: 'tomo',
    displayName: 'Tomo Kestrel',
    description: '京都在住。朝の散歩と鳥居と、たまに山。',
    home: { town: 'Kyoto', country: 'JP', latitude: '35.0116', longitude: '135.7681' },
    langs: ['ja', 'en'],
    follows: ['mira', 'idris', 'lina', 'rafa'],
    look: {
      ground: ['#cfe8e0', '#9fd0c2'],
      skin: '#edc39b',
      hair: '#1e1b26',
      hairCut: 'crop',
      shirt: '#e2553d',
      pattern: 'hills',
      glasses: '#2b2a33',
    },
  },
  {
    name: 'juno',
    displayName: 'Juno Marlow',
    description: 'Walks across every bridge twice. New York, sometimes the desert.',
    home: { town: 'New York', country: 'US', latitude: '40.7128', longitude: '-74.0060' },
    langs: ['en'],
    follows: ['mira', 'rafa', 'noor', 'idris', 'bas'],
    look: {
      ground: ['#3f3d72', '#5f5aa8'],
      skin: '#8a5a3c',
      hair: '#231815',
      hairCut: 'curls',
      shirt: '#ffc24b',
      pattern: 'dots',
    },
  },
  {
    name: 'idris',
    displayName: 'Idris Fen',
    description: 'Long-haul, hand luggage only. Will queue for noodles.',
    home: { town: 'London', country: 'GB', latitude: '51.5072', longitude: '-0.1276' },
    langs: ['en'],
    follows: ['mira', 'juno', 'tomo', 'lina', 'noor'],
    look: {
      ground: ['#ffe08a', '#ffc845'],
      skin: '#a9714b',
      hair: '#2a1c18',
      hairCut: 'cap',
      shirt: '#27496d',
      pattern: 'stripes',
      beard: true,
    },
  },
  {
    name: 'lina',
    displayName: 'Lina Brook',
    description: 'Berlin, meistens draußen. Drachen, Flohmärkte, Nachtzüge.',
    home: { town: 'Berlin', country: 'DE', latitude: '52.5200', longitude: '13.4050' },
    langs: ['de', 'en'],
    follows: ['mira', 'bas', 'noor', 'idris', 'tomo'],
    look: {
      ground: ['#b8d8f2', '#8cbbe3'],
      skin: '#f6d3b8',
      hair: '#e0a63f',
      hairCut: 'bob',
      shirt: '#8a3b5d',
      pattern: 'dots',
    },
  },
  {
    name: 'bas',
    displayName: 'Bas Linden',
    description: 'Fietst overal heen. Grachten, markten, hoge gebouwen van onderaf.',
    home: { town: 'Amsterdam', country: 'NL', latitude: '52.3676', longitude: '4.9041' },
    langs: ['nl', 'en'],
    follows: ['lina', 'noor', 'mira', 'juno'],
    look: {
      ground: ['#ff8f5c', '#ffb487'],
      skin: '#f4caa8',
      hair: '#a4562c',
      hairCut: 'crop',
      shirt: '#20335c',
      pattern: 'stripes',
      beard: true,
    },
  },
  {
    name: 'noor',
    displayName: 'Noor Halden',
    description: 'Paris et puis plus au sud. Jardins, cours, cafés en terrasse.',
    home: { town: 'Paris', country: 'FR', latitude: '48.8566', longitude: '2.3522' },
    langs: ['fr', 'en'],
    follows: ['mira', 'bas', 'lina', 'rafa', 'idris'],
    look: {
      ground: ['#2d6a6a', '#3f8a86'],
      skin: '#d9a57c',
      hair: '#f0a6b4',
      hairCut: 'scarf',
      shirt: '#f6ead7',
      pattern: 'sun',
    },
  },
  {
    name: 'rafa',
    displayName: 'Rafa Soler',
    description: 'Ciudad de México. Pirámides antes del desayuno, playas después.',
    home: { town: 'Ciudad de México', country: 'MX', latitude: '19.4326', longitude: '-99.1332' },
    langs: ['es', 'en'],
    follows: ['mira', 'juno', 'noor', 'tomo'],
    look: {
      ground: ['#f4d9e6', '#e9a9c6'],
      skin: '#c98a5e',
      hair: '#2b1a1f',
      hairCut: 'bun',
      shirt: '#2e8b57',
      pattern: 'hills',
      glasses: '#7a2f4a',
    },
  },
]
