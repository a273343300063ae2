/** Our own fault: thrown by `assert` and never caught short of `main`, which ends the process. */
export class OwnFault extends Error {
  override name = 'OwnFault'
}

/** Holds what must be true if our own code is right. For a stranger's input, refuse instead. */
export function assert(condition: unknown, claim: string): asserts condition {
  if (!condition) throw new OwnFault(claim)
}
