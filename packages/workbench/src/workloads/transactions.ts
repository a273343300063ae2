import { checkListAppend } from '../checkers/transactions/list-append.ts'
import { checkRwRegister } from '../checkers/transactions/rw-register.ts'
import type { MicroOp } from '../checkers/transactions/transactions.ts'
import type { History } from '../run/history.ts'
import type { Verdict } from '../run/verdict.ts'
import { roll } from '../time/dice.ts'
import { keyPool } from './key-pool.ts'
import { failed, REQUEST_TIMEOUT_MS, type Generator, type MakeWorkload, type WorkloadOptions } from './workload.ts'

interface TransactionWords {
  readonly name: string
  readonly write: 'append' | 'w'
  readonly check: (history: History, model: string) => Verdict
}

function transactionWorkload({ name, write, check }: TransactionWords): MakeWorkload {
  return (options) => ({
    name,
    replies: { txn_ok: { txn: Array.isArray } },
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    keepsConnection: true,
    probe: { type: 'txn', txn: [['r', 0, null]] },
    open: (ask) => ({
      async run(op) {
        const answer = await ask({ type: 'txn', txn: op.value })
        if (!answer.ok) return failed(op, answer.error, { isIdempotent: false })
        return { type: 'ok', value: answer.value['txn'] }
      },
    }),
    generator: () => transactionsOver(options, write),
    check: (history) => check(history, options.consistencyModel),
  })
}

function transactionsOver(options: WorkloadOptions, write: 'append' | 'w'): Generator {
  const { random, maxTxnLength } = options
  const keys = keyPool(random, options)
  function microOp(): MicroOp {
    const key = keys.pick()
    return random.fraction() < 0.5 ? ['r', key, null] : [write, key, keys.nextValue(key)]
  }
  return { next: () => ({ f: 'txn', value: Array.from({ length: 1 + roll(random, maxTxnLength) }, microOp) }) }
}

/** Transactions over lists that are read and appended to. */
export const txnListAppend = transactionWorkload({ name: 'txn-list-append', write: 'append', check: checkListAppend })

/** Transactions over registers that are read and written. */
export const txnRwRegister = transactionWorkload({ name: 'txn-rw-register', write: 'w', check: checkRwRegister })
