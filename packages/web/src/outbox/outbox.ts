import { toFault } from '../api.ts'
import { createMachineShell, type MachineShell } from '../ui/machine-shell.ts'
import type { Entry } from './entry.ts'
import { initialOutbox, type OutboxEffect, type OutboxEvent, type OutboxState, step } from './machine.ts'
import { inTurn, type Outcome, type Progress, sendKept } from './send.ts'
import { deleteEntry, keptEntries, keptEntry, putEntry } from './store.ts'

/** What a person is told of a check-in that they have just made. `later`: it is kept, and sent when that is possible. */
export type Handed = Extract<Outcome, { kind: 'sent' | 'refused' }> | { readonly kind: 'later' }

/** The check-ins that are kept on this device: the shell around `machine.ts`. */
export interface Outbox extends MachineShell<OutboxState, OutboxEvent> {
  /** Reads what is kept, and goes on with it. */
  start(): Promise<void>
  /** Keeps it and sends it; resolves when it was sent or refused, or when that has to wait. @throws DOMException: no room */
  hand(entry: Entry, onProgress: (progress: Progress) => void): Promise<Handed>
  /** Takes it back to be changed; undefined where it is sent already. */
  hold(rkey: string): Promise<Entry | undefined>
  /** Puts back what was held, as it is. */
  release(rkey: string): Promise<void>
  /** False where it was sent before. */
  remove(rkey: string): Promise<boolean>
}

interface OutboxWorld {
  /** 0..1 */
  readonly fraction: () => number
  /** One that nobody waited for. */
  readonly onSent: (entry: Entry) => void
  /** Somebody else is signed in, or nobody: asks who, and tells. */
  readonly onSignedOut: () => void
  /** One could not be sent just now. */
  readonly onFailed: () => void
}

/** Tabs and the worker tell each other here that what is kept has changed. */
export const CHANNEL = 'waypost-outbox'
/** With a bad connection nobody waits longer for an answer; it goes on by itself. */
const HANDED_MS_MAX = 15_000

interface Waiting {
  readonly onProgress: (progress: Progress) => void
  readonly settle: (handed: Handed) => void
}

export function createOutbox(world: OutboxWorld): Outbox {
  const shell = createMachineShell({ initial: initialOutbox, step, carryOut })
  const { tell } = shell
  let rest: ReturnType<typeof setTimeout> | undefined
  const waiting = new Map<string, Waiting>()
  const channel = new BroadcastChannel(CHANNEL)
  channel.onmessage = () => void read()

  function carryOut(effect: OutboxEffect): void {
    clearTimeout(rest)
    if (effect.do === 'rest') rest = setTimeout(() => tell({ type: 'woke' }), effect.ms)
    else void sendOne(effect.rkey)
  }

  async function sendOne(rkey: string): Promise<void> {
    const entry = shell.state().entries.find((one) => one.rkey === rkey)
    // Where storage itself fails, as little is lost as where the network does.
    const outcome = await sendKept(rkey, (progress) => waiting.get(rkey)?.onProgress(progress)).catch(
      (fault: unknown): Outcome => ({ kind: 'failed', fault: toFault(fault), isTried: false }),
    )
    const asked = waiting.get(rkey)
    settle(rkey, outcome)
    switch (outcome.kind) {
      case 'sent':
        tell({ type: 'sent', rkey })
        if (entry !== undefined && asked === undefined) world.onSent(entry)
        break
      case 'gone':
        tell({ type: 'sent', rkey })
        return read()
      case 'refused':
        tell({ type: 'refused', rkey, reason: outcome.reason })
        break
      case 'failed':
        tell({ type: 'failed', rkey, fault: outcome.fault, fraction: world.fraction() })
        world.onFailed()
        break
      case 'signed-out':
        tell({ type: 'signed-out', rkey })
        world.onSignedOut()
        break
    }
    channel.postMessage('changed')
  }

  /** Whoever waits for another one is not kept waiting by a network that is away. */
  function settle(rkey: string, outcome: Outcome): void {
    const isAnswer = outcome.kind === 'sent' || outcome.kind === 'refused'
    if (isAnswer) waiting.get(rkey)?.settle(outcome)
    else for (const each of waiting.values()) each.settle({ kind: 'later' })
  }

  async function read(): Promise<void> {
    tell({ type: 'read', entries: await keptEntries() })
  }

  async function put(entry: Entry): Promise<void> {
    await putEntry(entry)
    tell({ type: 'kept', entry })
    channel.postMessage('changed')
  }

  /** Alone with it; undefined where it is gone. */
  function withKept<Value>(rkey: string, act: (entry: Entry) => Promise<Value>): Promise<Value | undefined> {
    return inTurn(async () => {
      const entry = await keptEntry(rkey)
      return entry === undefined ? undefined : act(entry)
    })
  }

  return {
    ...shell,
    start: read,
    async hand(entry, onProgress) {
      const { promise, resolve } = Promise.withResolvers<Handed>()
      waiting.set(entry.rkey, { onProgress, settle: resolve })
      const patience = setTimeout(() => resolve({ kind: 'later' }), HANDED_MS_MAX)
      try {
        await put(entry)
        return await promise
      } finally {
        clearTimeout(patience)
        waiting.delete(entry.rkey)
      }
    },
    hold: (rkey) =>
      withKept(rkey, async (entry) => {
        await put({ ...entry, status: 'held' })
        return entry
      }),
    async release(rkey) {
      await withKept(rkey, (entry) => put({ ...entry, status: 'waiting' }))
    },
    async remove(rkey) {
      const isThere = await withKept(rkey, async () => {
        await deleteEntry(rkey)
        return true
      })
      tell({ type: 'removed', rkey })
      channel.postMessage('changed')
      return isThere === true
    },
  }
}
