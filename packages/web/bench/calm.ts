import { cpus } from 'node:os'

/** Share of the machine's processors that may be busy. */
const BUSY_MAX = 0.15
const LOOK_MS = 2_000
const LOOKS_MAX = 45

/** Waits until the servers that were just started have nothing left to do; says so where that takes too long. */
export async function calm(note: (line: string) => void): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    const before = times()
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    const after = times()
    if ((after.busy - before.busy) / (after.all - before.all) <= BUSY_MAX) return
  }
  note('the machine does not come to rest: the figures are of a busy one')
}

function times(): { busy: number; all: number } {
  const each = cpus().map(({ times: { user, nice, sys, idle, irq } }) => ({ busy: user + nice + sys + irq, idle }))
  const busy = each.reduce((sum, cpu) => sum + cpu.busy, 0)
  return { busy, all: busy + each.reduce((sum, cpu) => sum + cpu.idle, 0) }
}
