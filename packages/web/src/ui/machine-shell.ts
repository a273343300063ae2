/** A pure machine with somewhere to keep its state: who tells it something, and who draws what it is. */
export interface MachineShell<State, Event> {
  readonly state: () => State
  readonly subscribe: (listener: () => void) => () => void
  readonly tell: (event: Event) => void
}

/** Steps from state to state; effects are carried out before listeners hear of the change. */
export function createMachineShell<State, Event, Effect>(machine: {
  readonly initial: State
  readonly step: (state: State, event: Event) => { readonly state: State; readonly effects: readonly Effect[] }
  readonly carryOut: (effect: Effect) => void
}): MachineShell<State, Event> {
  const { initial, step, carryOut } = machine
  let state = initial
  const listeners = new Set<() => void>()
  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell(event) {
      const next = step(state, event)
      const isChanged = next.state !== state
      state = next.state
      next.effects.forEach((effect) => carryOut(effect))
      if (isChanged) for (const listener of listeners) listener()
    },
  }
}
