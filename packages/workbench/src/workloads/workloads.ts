import { gCounter, pnCounter } from './counters.ts'
import { echo } from './echo.ts'
import { kafka } from './kafka.ts'
import { linKv } from './lin-kv.ts'
import { broadcast, gSet } from './sets.ts'
import { txnListAppend, txnRwRegister } from './transactions.ts'
import { uniqueIds } from './unique-ids.ts'
import type { MakeWorkload } from './workload.ts'

/** All workloads, by the names that `--workload` takes. */
export const workloads: Readonly<Record<string, MakeWorkload>> = {
  broadcast,
  echo,
  'g-counter': gCounter,
  'g-set': gSet,
  kafka,
  'lin-kv': linKv,
  'pn-counter': pnCounter,
  'txn-list-append': txnListAppend,
  'txn-rw-register': txnRwRegister,
  'unique-ids': uniqueIds,
}
