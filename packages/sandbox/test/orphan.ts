import { createTelemetry } from '@waypost/kernel'
import { startSandbox } from '@waypost/sandbox'

/** A program that runs a sandbox in the folder given, says the network's process id, and waits to be killed. */
const folder = process.argv[2]
if (folder === undefined) throw new Error('which folder?')
const sandbox = await startSandbox({ folder, log: createTelemetry({ level: 'silent' }).log, ports: { pds: 0, plc: 0 } })
process.stdout.write(`${sandbox.pid}\n`)
setInterval(() => undefined, 1_000)
