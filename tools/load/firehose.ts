import type { World } from '@waypost/kernel'
import type { Progress } from '@waypost/kernel/progress'
import { startFakeHost, type FakeHost } from '../../packages/load/src/fake-host.ts'
import { readFirehoseFile, recordFirehose, replayFirehose } from '../../packages/load/src/firehose-file.ts'
import type { Job } from './options.ts'
import { LoadFault } from './setting.ts'

const LOOK_MS = 100

/** Writes down what a host says; answers what came of it, in words. */
export async function record(
  world: World,
  { host, file, messages: messagesMax }: Job & { readonly kind: 'record' },
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<string> {
  const startedMs = world.clock.elapsed()
  const { messages, bytes, because } = await recordFirehose(world, {
    host,
    file,
    ...(messagesMax !== undefined && { messagesMax }),
    signal,
    onMessage(now) {
      const seconds = (world.clock.elapsed() - startedMs) / 1_000
      const note = `${(now.messages / Math.max(1, seconds)).toFixed(0)} a second, ${(now.bytes / 2 ** 20).toFixed(1)} MB`
      progress.show('recording', now.messages, messagesMax ?? { atLeast: now.messages }, note)
    },
  })
  progress.finish()
  return `${file}: ${messages} messages, ${(bytes / 2 ** 20).toFixed(1)} MB; ${because}`
}

/** Says a recording as a relay, once somebody follows it; answers what came of it, in words. */
export async function replay(
  world: World,
  { file, speed, port }: Job & { readonly kind: 'replay' },
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<string> {
  let all = 0
  for await (const _ of readFirehoseFile(file)) all++
  await using host = await openRelay(world, port)
  while (host.readers.count === 0 && !signal.aborted) {
    progress.show('replaying', 0, all, `waits for a server that follows ${host.url}`)
    await world.timers.sleep(LOOK_MS, signal)
  }
  let behindMsMax = 0
  const said = await replayFirehose(world, host, {
    file,
    speed,
    signal,
    onMessage(messages, behindMs) {
      behindMsMax = Math.max(behindMsMax, behindMs)
      progress.show('replaying', messages, all, `${host.readers.furthest} read`)
    },
  })
  while (host.readers.furthest < said && host.readers.count > 0 && !signal.aborted) {
    await world.timers.sleep(LOOK_MS, signal)
  }
  progress.finish()
  return `${said} of ${all} messages said, ${host.readers.furthest} read; up to ${behindMsMax.toFixed(0)} ms later than they were due`
}

async function openRelay(world: World, port: number): Promise<FakeHost> {
  try {
    // Later replays from the same port go on counting, as a host does that was away for a while.
    return await startFakeHost({ world, kind: 'relay', port, firstSeq: world.clock.now() * 1_000 })
  } catch (fault) {
    throw new LoadFault(`Port ${port} cannot be had: ${(fault as Error).message}. Choose another by --port.`)
  }
}
