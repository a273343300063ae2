/** A running server. Disposing it drains what is under way and closes everything that it opened. */
export interface Server extends AsyncDisposable {
  readonly url: string
  /** What it still waits for; empty once it has caught up with its log and tried every host. */
  readonly missing: () => readonly string[]
  /**
   * Says from now on that it is not ready, and goes on answering for as long as whoever sends it requests may need to
   * notice. To be disposed of then.
   */
  drain(): Promise<void>
  /** Rejects with our own fault, if there is one; resolves after disposal. */
  readonly finished: Promise<void>
}
