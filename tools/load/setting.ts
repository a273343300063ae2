import { existsSync } from 'node:fs'
import { openEmbeddedEngine } from '@waypost/engine'
import { realWorld, type Handle } from '@waypost/kernel'
import type { Progress } from '@waypost/kernel/progress'
import { startReadersProcess, type ReadersProcess } from '../../packages/load/src/open-loop/readers-process.ts'
import { openRecording, type Recording } from '../../packages/load/src/recorded/recording.ts'
import { createSessions } from '../../packages/server/src/serve/session/sessions.ts'
import { sessionCookieName } from '../../packages/server/src/serve/session/browser.ts'
import { makeEverybodyKnown, startUnderLoad, type UnderLoad } from '../../bench/ingest/server-under-load.ts'
import { freePort } from '../free-port.ts'
import { pin, shareCores, type Shares } from './machine.ts'

/** A server that is used, and everybody who uses it, each in a process of their own. Disposing ends them all. */
export interface Setting extends AsyncDisposable {
  readonly load: UnderLoad
  readonly readers: ReadersProcess
  readonly shares: Shares
  /** What the check-ins are. */
  readonly about: string
  readonly dataset: 'real' | 'made up'
  /** Made by one message of the host, on average. */
  readonly checkinsPerMessage: number
  /** Check-ins that are there before anything is measured. */
  readonly preloaded: number
  readonly inspectPort: number
}

export interface SettingOptions {
  readonly dataset: string | undefined
  readonly people: number
  /** Before anything is measured. */
  readonly preload: number
  /** While it is. */
  readonly checkins: number
}

/** Something is not as a run needs it: one line for whoever started it. */
export class LoadFault extends Error {
  override name = 'LoadFault'
}

const SEED = 'waypost load'
/** Beyond what a dataset has, the same is recorded again of other people, later. */
const CHECKINS_PER_PERSON = 35
/** Whoever reads is one of so many. */
const SIGNED_IN_MAX = 500
const PRELOADED_WITHIN_MS = 300_000
const LOOK_MS = 250

export async function openSetting(options: SettingOptions, progress: Progress): Promise<Setting> {
  const { dataset, people, preload, checkins } = options
  if (dataset !== undefined && !existsSync(dataset)) throw new LoadFault(`There is no folder ${dataset}`)
  if (!existsSync('/proc/self/stat')) throw new LoadFault('What processes use is only known on Linux, and so is a knee')
  await using opened = new AsyncDisposableStack()
  const shares = shareCores()
  if (shares.isPinned) pin(process.pid, shares.load)

  progress.show('signing', 0, 1, 'a recording, where there is none yet')
  const cohorts = Math.max(1, Math.ceil((preload + checkins) / (people * CHECKINS_PER_PERSON)))
  const from = performance.now()
  const recording = opened.use(
    await openRecording({
      seed: SEED,
      dataset,
      ...(dataset === undefined && { calibrated: true }),
      cohorts,
      people,
      checkins: preload + checkins,
    }),
  )
  const signedS = (performance.now() - from) / 1_000

  let cookies: readonly string[] = []
  const inspectPort = await freePort()
  const load = opened.use(
    await startUnderLoad({
      recording,
      execArgv: [`--inspect-port=127.0.0.1:${inspectPort}`],
      prepare: async (folder, port) => void (cookies = await signIn(folder, port, recording)),
    }),
  )
  if (shares.isPinned) pin(load.server.pid, shares.server)
  const preloaded = await fill(load, preload, progress)
  const readers = opened.use(startReadersProcess({ server: load.server.url, recording: recording.folder }))
  progress.show('looking', 0, 1, 'what there is to ask about')
  await readers.prepare(cookies)
  const running = opened.move()
  const commits = recording.length - recording.opening
  const kind = dataset === undefined ? 'made up' : 'real'
  return {
    load,
    readers,
    shares,
    dataset: kind,
    about:
      `${recording.people.length} people, ${preloaded} ${kind} check-ins before the first step` +
      (signedS > 1 ? `; signed beforehand in ${signedS.toFixed(0)} s` : ''),
    checkinsPerMessage: recording.standing(recording.length) / commits,
    preloaded,
    inspectPort,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Sessions as a sign-in would leave them, so that readers are people with a feed of their own; answers their cookies. */
async function signIn(folder: string, port: number, recording: Recording): Promise<readonly string[]> {
  const world = realWorld()
  await using engine = await openEmbeddedEngine({ folder, world })
  const sessions = createSessions(world, engine.keyValue)
  const name = sessionCookieName({ origin: () => `http://127.0.0.1:${port}` })
  const cookies: string[] = []
  for (const { did, handle } of recording.people.slice(0, SIGNED_IN_MAX)) {
    cookies.push(`${name}=${await sessions.begin({ did, handle: handle as Handle })}`)
  }
  return cookies
}

/** Everybody is known and so much is there; answers how many check-ins the server then shows. */
async function fill(load: UnderLoad, preload: number, progress: Progress): Promise<number> {
  progress.show('opening', 0, load.recording.opening, 'everybody is looked up')
  await makeEverybodyKnown(load)
  const { recording, host } = load
  let through = recording.opening
  while (through < recording.length && recording.standing(through) < preload) through++
  await host.play({ through })
  const expected = recording.standing(through)
  const until = performance.now() + PRELOADED_WITHIN_MS
  for (let shown = 0; shown < expected;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    shown = await load.checkins()
    progress.show('filling', shown, expected, 'check-ins')
    if (performance.now() > until) throw new LoadFault(`The server shows ${shown} of ${expected} check-ins`)
  }
  return expected
}
