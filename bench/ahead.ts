import { writeFileSync } from 'node:fs'

/**
 * Before the neighbours on the same cores, whose turns would be most of what the slowest answers took: this process and
 * those that it starts, ours and the peer alike. Linux gives turns to sessions of processes, so it is the session that
 * is put forward. Where one may not, it stays as it is.
 */
export function ahead(note: (line: string) => void): Disposable {
  const forward = (by: number): void => writeFileSync('/proc/self/autogroup', String(by))
  try {
    forward(-10)
    return { [Symbol.dispose]: () => forward(0) }
  } catch {
    note('neighbours on the same cores are measured too')
    return { [Symbol.dispose]: () => {} }
  }
}
