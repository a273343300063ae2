/**
 * What some of the demo people brought along from earlier years, as somebody does who imports a diary: visits told all
 * at once, long after they were made, so that they are in nobody's feed and on everybody's map of a life.
 */
import { between, diceFrom } from './brush.ts'

export interface DemoHistory {
  readonly by: string
  /** Landmarks' names: the second time in three they are at one of these, else away. */
  readonly home: readonly string[]
  readonly away: readonly string[]
  readonly years: number
}

export interface DemoMemory {
  readonly at: string
  /** Milliseconds since 1970. */
  readonly visitedAt: number
}

export const histories: readonly DemoHistory[] = [
  {
    by: 'mira',
    home: ['Livraria Lello', 'Ponte Dom Luís I', 'Estação de São Bento'],
    away: [
      'Torre de Belém',
      'Mosteiro dos Jerónimos',
      'Oceanário de Lisboa',
      'Museo del Prado',
      'Sagrada Família',
      'Alhambra',
      'Gare de Lyon',
      'Nyhavn',
      'Bryggen',
      'Harpa',
      'Jardin Majorelle',
      'Kinkaku-ji',
    ],
    years: 7,
  },
  {
    by: 'tomo',
    home: ['Fushimi Inari Taisha', 'Kinkaku-ji', 'Nishiki Market', 'Kyoto Station'],
    away: ['Dōtonbori', 'Nara Park', 'Mount Fuji', 'Tsukiji Outer Market', 'Taipei 101', 'Gyeongbokgung'],
    years: 4,
  },
]

const DAY_MS = 86_400_000
const DAYS_APART_MIN = 4
const DAYS_APART_MAX = 34
const HOME_SHARE = 0.65

/** Days apart, so that nobody travels too fast; in each year one on the very day of the year, to be looked back at. */
export function memoriesOf({ by, home, away, years }: DemoHistory, startedAt: number): readonly DemoMemory[] {
  const dice = diceFrom(by.length * 97 + years)
  const pick = (names: readonly string[]): string => names[Math.floor(dice() * names.length)]!
  const memories: DemoMemory[] = []
  for (let year = years; year > 0; year--) {
    const anniversary = new Date(startedAt)
    anniversary.setUTCFullYear(anniversary.getUTCFullYear() - year)
    for (let at = anniversary.getTime(); at < startedAt - 30 * DAY_MS;) {
      if (at >= anniversary.getTime() + 360 * DAY_MS) break
      memories.push({ at: pick(dice() < HOME_SHARE ? home : away), visitedAt: Math.floor(at) })
      at += between(dice, DAYS_APART_MIN, DAYS_APART_MAX) * DAY_MS
    }
  }
  return memories
}
