import { readFileSync } from 'node:fs'
import { ok, refuse, type Result } from '@waypost/kernel'
import { GIB, ROUND_PRICES, type PriceTable } from './cost.ts'

/** What a process may use, and what that costs. */
export interface BudgetSettings {
  readonly limits: readonly Limit[]
  /** The share of a limit from which on the operator is told. */
  readonly warnAt: number
  /** The share at which the ingest pauses. From 1 up to it one thing after another is shed. */
  readonly hardAt: number
  readonly prices: PriceTable
}

export interface Limit {
  readonly resource: Resource
  /** `total`: however long it took. */
  readonly per: 'day' | 'month' | 'total'
  /** In the unit that the process counts by: bytes, pictures, requests, or the currency of the prices. */
  readonly of: number
}

export type Resource = keyof typeof RESOURCES

interface ResourceRule {
  /** How the setting is called, with its unit. */
  readonly setting: string
  /** How many of what is counted are one of the setting's unit. */
  readonly unit: number
  /** Whether it can be limited however long it took: then it is a size, and per day and month its growth is meant. */
  readonly isSize: boolean
}

export const RESOURCES = {
  egress: { setting: 'egressGib', unit: GIB, isSize: false },
  disk: { setting: 'diskGib', unit: GIB, isSize: true },
  log: { setting: 'logGib', unit: GIB, isSize: true },
  images: { setting: 'images', unit: 1, isSize: false },
  fetches: { setting: 'fetches', unit: 1, isSize: false },
  money: { setting: 'money', unit: 1, isSize: false },
} as const satisfies Record<string, ResourceRule>

export const WARN_AT = 0.8
export const HARD_AT = 1.2
const HARD_AT_MAX = 10

/** Nothing is limited, and what it costs is told by round prices. */
export const NO_LIMITS: BudgetSettings = Object.freeze({
  limits: [],
  warnAt: WARN_AT,
  hardAt: HARD_AT,
  prices: ROUND_PRICES,
})

/** Longer than this nobody means it: they raise the limit. */
export const OVERRIDE_HOURS_MAX = 168

const NUMBERS_OF_PRICES = ['cpuCoreHour', 'memoryGibHour', 'diskGibMonth', 'egressGib', 'thousandFetches'] as const
const NAMES_MAX_LENGTH = 100

/** Whether somebody may have the budget passed over for so many hours; 0 takes that back. */
export function isOverrideHours(hours: unknown): hours is number {
  return typeof hours === 'number' && hours >= 0 && hours <= OVERRIDE_HOURS_MAX
}

/** Of JSON, or of the file of JSON that is named. Empty: no limits. Refused with a line for each fault. */
export function readBudget(text: string): Result<BudgetSettings, readonly string[]> {
  if (text === '') return ok(NO_LIMITS)
  let json = text
  if (!text.startsWith('{')) {
    try {
      json = readFileSync(text, 'utf8')
    } catch (fault) {
      return refuse([`"${text}" is neither JSON nor a file that can be read: ${(fault as Error).message}`])
    }
  }
  try {
    return settingsIn(JSON.parse(json))
  } catch (fault) {
    return refuse([`is not JSON: ${(fault as Error).message}`])
  }
}

function settingsIn(given: unknown): Result<BudgetSettings, readonly string[]> {
  const faults: string[] = []
  const { limits, warnAt, hardAt, prices } = fieldsOf(given, '', ['limits', 'warnAt', 'hardAt', 'prices'], faults)
  const share = (name: string, value: unknown, fallback: number, [least, most]: readonly [number, number]): number => {
    if (value === undefined) return fallback
    if (typeof value === 'number' && value > least && value <= most) return value
    faults.push(`${name}: ${JSON.stringify(value)} is not a share above ${least} and up to ${most}`)
    return fallback
  }
  const settings: BudgetSettings = {
    limits: limitsIn(limits, faults),
    warnAt: share('warnAt', warnAt, WARN_AT, [0, 1]),
    hardAt: share('hardAt', hardAt, HARD_AT, [1, HARD_AT_MAX]),
    prices: pricesIn(prices, faults),
  }
  return faults.length > 0 ? refuse(faults) : ok(Object.freeze(settings))
}

function limitsIn(given: unknown, faults: string[]): readonly Limit[] {
  if (given === undefined) return []
  const rules = Object.entries(RESOURCES) as [Resource, ResourceRule][]
  const names = rules.map(([, { setting }]) => setting)
  const all = fieldsOf(given, 'limits', names, faults)
  return rules.flatMap(([resource, { setting, unit, isSize }]) => {
    if (all[setting] === undefined) return []
    const periods: readonly Limit['per'][] = isSize ? ['day', 'month', 'total'] : ['day', 'month']
    const amounts = fieldsOf(all[setting], `limits.${setting}`, periods, faults)
    return periods.flatMap((per) => {
      const amount = amounts[per]
      if (amount === undefined) return []
      if (typeof amount === 'number' && amount > 0 && Number.isFinite(amount))
        return [{ resource, per, of: amount * unit }]
      faults.push(`limits.${setting}.${per}: ${JSON.stringify(amount)} is not a number above 0`)
      return []
    })
  })
}

function pricesIn(given: unknown, faults: string[]): PriceTable {
  if (given === undefined) return ROUND_PRICES
  const all = fieldsOf(given, 'prices', ['name', 'currency', ...NUMBERS_OF_PRICES], faults)
  const { name, currency } = all
  if (typeof name !== 'string' || name === '' || name.length > NAMES_MAX_LENGTH)
    faults.push(`prices.name: whose prices these are, in up to ${NAMES_MAX_LENGTH} characters`)
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency))
    faults.push('prices.currency: three capital letters, such as EUR')
  const table: Record<string, unknown> = { name, currency }
  for (const field of NUMBERS_OF_PRICES) {
    const price = all[field] ?? 0
    if (typeof price !== 'number' || !(price >= 0 && Number.isFinite(price)))
      faults.push(`prices.${field}: ${JSON.stringify(price)} is not a price`)
    table[field] = price
  }
  return Object.freeze(table) as unknown as PriceTable
}

/** The fields of an object; those that nobody knows are faults. */
function fieldsOf(
  given: unknown,
  where: string,
  names: readonly string[],
  faults: string[],
): Readonly<Record<string, unknown>> {
  const prefix = where === '' ? '' : `${where}.`
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    faults.push(`${where || 'the budget'}: is not an object with ${names.join(', ')}`)
    return {}
  }
  for (const name of Object.keys(given))
    if (!names.includes(name)) faults.push(`${prefix}${name}: is unknown here; there are ${names.join(', ')}`)
  return given as Record<string, unknown>
}
