import { closeSync, openSync, writeSync } from 'node:fs'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { assert, type Did } from '@waypost/kernel'
import { accountFrame, commitFrame, identityFrame, type Stamp } from '../frame.ts'
import type { GeneratedPerson } from '../generated.ts'
import { createSignedRepo } from '../signed-repo.ts'
import { readScript, type ScriptEvent, type ScriptOptions } from './script.ts'
import { FIRST_SEQ, offsetOfTime, webSocketFrame } from './stream.ts'

/** Signing takes most of the time of a recording, and nobody's commits need anybody else's: threads share the people. */
export interface Share {
  readonly script: ScriptOptions
  /** The file to write, person by person. */
  readonly file: string
  /** Every `of`th person, beginning with this one. */
  readonly nth: number
  readonly of: number
}

/** The messages in the file, one after another: `lengths[i]` bytes make the message `numbers[i]` of the script. */
export interface SignedShare {
  readonly numbers: Uint32Array<ArrayBuffer>
  readonly lengths: Uint32Array<ArrayBuffer>
  /** Where in a message its time is. */
  readonly timesAt: Uint32Array<ArrayBuffer>
}

async function signShare({ script: options, file, nth, of }: Share): Promise<SignedShare> {
  const { people, events } = await readScript(options)
  const own = new Map<Did, number[]>()
  for (let at = nth; at < people.length; at += of) own.set(people[at]!.did, [])
  for (const [number, { did }] of events.entries()) own.get(did)?.push(number)
  const [numbers, lengths, timesAt]: [number[], number[], number[]] = [[], [], []]
  const out = openSync(file, 'wx')
  for (const person of people) {
    const sign = signerFor(person)
    for (const number of own.get(person.did) ?? []) {
      const event = events[number]!
      const time = new Date(event.kind === 'commit' ? event.at! / 1_000 : 0).toISOString()
      const frame = webSocketFrame(await sign(event, { seq: FIRST_SEQ + number, time }))
      numbers.push(number)
      lengths.push(frame.length)
      timesAt.push(offsetOfTime(frame, time))
      for (let done = 0; done < frame.length;) done += writeSync(out, frame, done)
    }
  }
  closeSync(out)
  return {
    numbers: Uint32Array.from(numbers),
    lengths: Uint32Array.from(lengths),
    timesAt: Uint32Array.from(timesAt),
  }
}

/** The messages of one person, one after another. */
function signerFor({ did, handle, key }: GeneratedPerson): (event: ScriptEvent, stamp: Stamp) => Promise<Uint8Array> {
  // Every commit of a script says its own time.
  const repo = createSignedRepo({ did, key, clock: { now: () => 0, elapsed: () => 0 } })
  return async (event, stamp) => {
    switch (event.kind) {
      case 'identity':
        return identityFrame(stamp, { did, handle })
      case 'account':
        return accountFrame(stamp, { did, active: event.active, status: event.status })
      case 'commit':
        assert(event.at !== undefined, 'a commit of a script says when it was')
        return commitFrame(stamp, await repo.commit(event.writes, { at: event.at }))
    }
  }
}

// As a thread of its own: what to do comes with it, and what came of it goes back.
if (!isMainThread) parentPort!.postMessage(await signShare(workerData as Share))
