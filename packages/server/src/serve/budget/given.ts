import { createTelemetry } from '@waypost/kernel'
import type { SimWorld } from '@waypost/kernel/sim'
import { createBudgetEvents, type BudgetEvents } from './events.ts'
import { openBudget, type Budget, type BudgetStore } from './guard.ts'
import type { Sizes } from './machine.ts'
import { NO_LIMITS, type BudgetSettings } from './settings.ts'

/** What a machine of a test says of itself; a test changes it. */
export interface GivenMachine {
  cpuSeconds: number
  residentBytes: number
  egressBytes: number
  sizes: Sizes
}

/** A budget in virtual time over a machine that does what it is told, and whose use is kept in `store`. */
export async function givenBudget(
  world: SimWorld,
  options: {
    readonly settings?: Partial<BudgetSettings>
    readonly store?: BudgetStore
    readonly events?: BudgetEvents
  } = {},
): Promise<Budget & { readonly machine: GivenMachine }> {
  const { store = memoryStore(), events = createBudgetEvents(createTelemetry({ level: 'silent' })) } = options
  const machine: GivenMachine = { cpuSeconds: 0, residentBytes: 0, egressBytes: 0, sizes: {} }
  const budget = await openBudget({
    world,
    settings: { ...NO_LIMITS, ...options.settings },
    store,
    events,
    meters: {
      cpuSeconds: () => machine.cpuSeconds,
      residentBytes: () => machine.residentBytes,
      egressBytes: () => machine.egressBytes,
      sizes: async () => machine.sizes,
    },
  })
  return { ...budget, machine }
}

/** What was written last, as after a kill. */
export function memoryStore(): BudgetStore & { text: string | undefined } {
  const store: ReturnType<typeof memoryStore> = {
    text: undefined,
    read: async () => store.text,
    async write(text) {
      store.text = text
    },
  }
  return store
}
