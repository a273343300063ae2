/**
 * A child process that appends what a host tells to a log on NATS, on from where the log says that the host was read, in
 * calls of many entries; then it ends in order. It is killed before that.
 */
import { argv } from 'node:process'
import { realWorld } from '@waypost/kernel'
import { openNatsEngine } from '../src/index.ts'
import { hostScript, SCRIPT_HOST } from './kit/host-script.ts'

const ENTRIES_PER_CALL = 64

const [folder, server, monitor, seed, length] = argv.slice(2) as [string, string, string, string, string]
const script = hostScript({ seed: Number(seed), length: Number(length) })
await using engine = await openNatsEngine({ world: realWorld(), folder, servers: [server], monitors: [monitor] })
for (let at = (await engine.log.cursors()).get(SCRIPT_HOST) ?? 0; at < script.length; at += ENTRIES_PER_CALL) {
  await engine.log.append(script.slice(at, at + ENTRIES_PER_CALL))
}
