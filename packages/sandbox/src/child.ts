import type { Server } from 'node:http'
import { realWorld } from '@waypost/kernel'
import type { ToChild, ToParent } from './message.ts'
import type { Network } from './network.ts'
import { holdPort, holdThisPort, portOf } from './ports.ts'
import { newState, readState, writeState } from './state.ts'

/**
 * The process that runs a sandbox's network, apart from its parent because the PDS works synchronously and would block
 * the parent's loop. It ends when told to, and also when its parent is gone, however that ended.
 */

/** Taken on the first start where they are free; from then on the ports are remembered. */
const PLC_PORT = 2_582
const PDS_PORT = 2_583
/** Past this, what still runs is cut off: an open request must not keep an orphaned process alive. */
const STOP_MAX_MS = 5_000

type StartOrder = Extract<ToChild, { kind: 'start' }>

const world = realWorld()
let network: Promise<Network> | undefined
let stopping = false

// Ctrl-C reaches the whole group; the parent decides when the network stops, so that its own writes come through.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => void stop())
process.on('disconnect', () => void stop())
process.on('message', (message: ToChild) => {
  if (message.kind === 'start') void start(message)
  if (message.kind === 'announce') void announce(message.request, message.serverUrl)
  if (message.kind === 'stop') void stop()
})

async function start(order: StartOrder): Promise<void> {
  network = open(order)
  try {
    tell({ kind: 'ready', network: (await network).facts })
  } catch (error) {
    console.error(error)
    tell({ kind: 'failed', message: (error as Error).message })
    process.exitCode = 1
    await stop()
  }
}

async function open(order: StartOrder): Promise<Network> {
  const before = readState(order.folder)
  if (before) refuseMove(before.ports, order.ports)
  // Holding the directory's port from here on also keeps a second process off the same folder.
  const plcServer = before
    ? await holdThisPort(world, before.ports.plc, 'PLC directory')
    : await holdNewPort(order.ports.plc, PLC_PORT)
  const pdsServer = before
    ? await holdThisPort(world, before.ports.pds, 'PDS')
    : await holdNewPort(order.ports.pds, PDS_PORT)
  const state = before ?? newState(world, { pds: portOf(pdsServer), plc: portOf(plcServer) })
  if (!before) writeState(order.folder, state)
  // Imported late: it takes seconds, in which this process must already hold its ports and hear its parent go.
  const { startNetwork } = await import('./network.ts')
  return startNetwork(world, { ...order, state, plcServer, pdsServer })
}

function refuseMove(lived: { pds: number; plc: number }, asked: StartOrder['ports']): void {
  for (const what of ['pds', 'plc'] as const) {
    const port = asked[what]
    if (port === undefined || port === 0 || port === lived[what]) continue
    throw new Error(
      `this sandbox's ${what} lives at port ${lived[what]}: its accounts name it, it cannot move to ${port}`,
    )
  }
}

/** The port asked for, which must be free; otherwise the usual one, or any where that is taken. */
async function holdNewPort(asked: number | undefined, usual: number): Promise<Server> {
  const server = (await holdPort(asked ?? usual)) ?? (asked === undefined ? await holdPort(0) : undefined)
  if (!server) throw new Error(`port ${asked} on 127.0.0.1 is taken`)
  return server
}

async function announce(request: number, serverUrl: string): Promise<void> {
  try {
    await (await network)?.announce(serverUrl)
    tell({ kind: 'announced', request })
  } catch (error) {
    console.error(error)
    tell({ kind: 'announced', request, error: (error as Error).message })
  }
}

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  const deadline = setTimeout(() => process.exit(1), STOP_MAX_MS)
  const running = await network?.catch(() => undefined)
  await running?.[Symbol.asyncDispose]()
  clearTimeout(deadline)
  process.exit()
}

function tell(message: ToParent): void {
  if (process.connected) process.send?.(message)
}
