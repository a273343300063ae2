/* What a use of machines costs. Pure, and of nothing else: whoever has measured a use may ask. */

/** What a process took in some time. */
export interface Use {
  /** Of all its threads. */
  readonly cpuSeconds: number
  /** Resident memory, for as long as it was held. */
  readonly memoryByteSeconds: number
  /** Files in the data folder, for as long as they were there. */
  readonly diskByteSeconds: number
  /** Written to connections that others opened. */
  readonly egressBytes: number
  /** Requests to the servers of others. */
  readonly fetches: number
}

/** In units that every provider sells by. */
export interface PriceTable {
  readonly name: string
  /** Three letters, such as EUR. */
  readonly currency: string
  readonly cpuCoreHour: number
  readonly memoryGibHour: number
  readonly diskGibMonth: number
  readonly egressGib: number
  readonly thousandFetches: number
}

/** In the currency of the price table. */
export interface Cost {
  readonly cpu: number
  readonly memory: number
  readonly disk: number
  readonly egress: number
  readonly fetches: number
  readonly total: number
}

/** Orders of magnitude to begin with: an operator's own bill is to take their place. */
export const ROUND_PRICES: PriceTable = {
  name: 'round figures, of no provider',
  currency: 'USD',
  cpuCoreHour: 0.02,
  memoryGibHour: 0.003,
  diskGibMonth: 0.1,
  egressGib: 0.08,
  thousandFetches: 0,
}

export const GIB = 1_024 ** 3
const HOUR_SECONDS = 3_600
/** 365 days in twelve parts. */
const MONTH_SECONDS = 730 * HOUR_SECONDS

export function costOf(use: Use, prices: PriceTable): Cost {
  const parts = {
    cpu: (use.cpuSeconds / HOUR_SECONDS) * prices.cpuCoreHour,
    memory: (use.memoryByteSeconds / GIB / HOUR_SECONDS) * prices.memoryGibHour,
    disk: (use.diskByteSeconds / GIB / MONTH_SECONDS) * prices.diskGibMonth,
    egress: (use.egressBytes / GIB) * prices.egressGib,
    fetches: (use.fetches / 1_000) * prices.thousandFetches,
  }
  const total = parts.cpu + parts.memory + parts.disk + parts.egress + parts.fetches
  return { ...parts, total }
}

/** Undefined where there was none to share it. */
export function perMillion(total: number, checkins: number): number | undefined {
  return checkins === 0 ? undefined : (total / checkins) * 1e6
}

/** Undefined where there was nobody to share it. */
export function perThousand(total: number, people: number): number | undefined {
  return people === 0 ? undefined : (total / people) * 1e3
}
