import type { CheckinView, LiveMessage } from '../views.ts'
import { createMachineShell, type MachineShell } from '../ui/machine-shell.ts'
import { initialLive, type LiveEffect, type LiveEvent, type LiveState, step } from './machine.ts'

/** What the shell needs of the world. */
export interface LiveWorld {
  readonly connect: (address: string) => EventSource
  readonly fraction: () => number
  /** The first page of the feed, asked again. */
  readonly refresh: () => Promise<readonly CheckinView[]>
  /** Load the feed anew: more came than could be kept. */
  readonly reload: () => void
  /** Ask the server what it leaves out now. */
  readonly askServer: () => void
}

export type LiveStream = MachineShell<LiveState, LiveEvent>

/** Carries out the machine's effects over `/live`. One per page; it stays silent until it is told `started`. */
export function createLiveStream(world: LiveWorld): LiveStream {
  const shell = createMachineShell({ initial: initialLive, step, carryOut })
  const { tell } = shell
  let source: EventSource | undefined
  let retry: ReturnType<typeof setTimeout> | undefined

  function carryOut(effect: LiveEffect): void {
    switch (effect.do) {
      case 'open':
        return open(effect.cursor)
      case 'close':
        return close()
      case 'retry':
        retry = setTimeout(() => tell({ type: 'retryDue' }), effect.ms)
        return
      case 'refresh':
        // Where even this fails, the stream itself is about to break, and comes back here when it is open again.
        world.refresh().then(
          (items) => tell({ type: 'refreshed', items }),
          () => undefined,
        )
        return
      case 'reload':
        return world.reload()
      case 'askServer':
        return world.askServer()
    }
  }

  function open(cursor: number | undefined): void {
    close()
    const opened = world.connect(cursor === undefined ? '/live' : `/live?cursor=${cursor}`)
    source = opened
    opened.onopen = () => tell({ type: 'opened' })
    // The browser would try again by itself, but without growing pauses; the machine decides instead.
    opened.onerror = () => tell({ type: 'broke', fraction: world.fraction() })
    const receive = ({ data, lastEventId }: MessageEvent<string>) => {
      const message = JSON.parse(data) as LiveMessage
      tell({ type: 'received', message, isLast: 'seq' in message && lastEventId === String(message.seq) })
    }
    for (const kind of ['checkin', 'deletion', 'account', 'info']) opened.addEventListener(kind, receive)
    opened.addEventListener('fault', ({ data }: MessageEvent<string>) => {
      tell({ type: 'faulted', error: (JSON.parse(data) as { error: string }).error })
    })
  }

  function close(): void {
    clearTimeout(retry)
    source?.close()
    source = undefined
  }

  return shell
}
