/**
 * Tells when all that is really asynchronous is over, so that virtual time goes on only then: turns of the event loop that
 * the server gives to others, and the work of those outside who hash and sign with threads of the machine's.
 */
export interface Still {
  readonly isAtRest: () => boolean
  /** Time stands still until it is done. */
  still<T>(work: Promise<T>): Promise<T>
}

/** `eachTurn` is called between the turns of the event loop that a server takes in one moment of virtual time. */
export function createStill({ eachTurn }: { readonly eachTurn: () => void }): Still {
  let underWay = 0
  return {
    isAtRest() {
      if (underWay === 0 && !process.getActiveResourcesInfo().includes('Immediate')) return true
      eachTurn()
      return false
    },
    async still(work) {
      underWay++
      try {
        return await work
      } finally {
        underWay--
      }
    },
  }
}
