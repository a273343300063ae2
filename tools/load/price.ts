import {
  costOf,
  perMillion,
  perThousand,
  type Cost,
  type PriceTable,
  type Use,
} from '../../packages/server/src/serve/budget/cost.ts'
import { MODEL } from '../../packages/load/src/open-loop/model.ts'
import { kneeStep, USED_SHARE, type Capacity, type Holds } from './capacity.ts'

/** What a month of one machine costs that is used as far as it should be, and who shares that. */
export interface Priced {
  readonly month: Cost
  readonly use: Use
  readonly perMillionCheckins: number | undefined
  readonly perThousandPeople: number | undefined
}

const MIB = 2 ** 20
const MONTH_DAYS = 730 / 24
const DAY_SECONDS = 86_400
/** Memory and disk are those of a server that has been there for so long. */
export const KEPT_DAYS = 365

/**
 * From what was measured at the knee: CPU and egress as the mean of a day has them, whose busiest hour uses `USED_SHARE` of
 * the knee; memory and disk as they were there, with what a year of check-ins adds. Undefined where no load held.
 */
export function priceOf(
  capacity: Pick<Capacity, 'knee' | 'steps'>,
  holds: Holds,
  prices: PriceTable,
): Priced | undefined {
  const step = kneeStep(capacity)
  if (step === undefined) return undefined
  const { serverCores, rssMb, folderMb, egressMbPerSecond } = step.usage
  const seconds = MONTH_DAYS * DAY_SECONDS
  const share = USED_SHARE / MODEL.busiestHour
  const use: Use = {
    cpuSeconds: serverCores * share * seconds,
    memoryByteSeconds: (rssMb + holds.memoryMbPerDay * KEPT_DAYS) * MIB * seconds,
    diskByteSeconds: (folderMb + holds.diskMbPerDay * KEPT_DAYS) * MIB * seconds,
    egressBytes: egressMbPerSecond * MIB * share * seconds,
    fetches: 0,
  }
  const month = costOf(use, prices)
  return {
    month,
    use,
    perMillionCheckins: perMillion(month.total, holds.checkinsPerDay * MONTH_DAYS),
    perThousandPeople: perThousand(month.total, holds.people),
  }
}
