import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { realWorld, type World } from '@waypost/kernel'
import { findNatsServer } from '../../../tools/nats-server.ts'
import { blobsContract } from '../src/blobs.contract.ts'
import { openNatsEngine, type Engine } from '../src/index.ts'
import { asKeyValue, keyValueContract } from '../src/key-value.contract.ts'
import { asLog, logContract } from '../src/log.contract.ts'
import { startNatsServers, type NatsServers } from './kit/nats-servers.ts'

const program = findNatsServer()
let spaces = 0

if (program === undefined) test('the engine on NATS keeps its promises', { skip: 'no nats-server 2.15.1 here' })
else for (const count of [1, 3]) contracts(program, count)

function contracts(natsServer: string, count: number): void {
  const name = count === 1 ? 'nats (one server)' : 'nats (three servers)'
  describe(name, () => {
    let starting: Promise<NatsServers> | undefined
    after(async () => (await starting)?.[Symbol.asyncDispose]())

    async function open(world: World): Promise<Engine> {
      const servers = await (starting ??= startNatsServers(natsServer, { count }))
      return openFresh(servers, world)
    }

    logContract(name, () => open(realWorld()))
    logContract(`${name}, private`, async () => asLog(await open(realWorld())))
    keyValueContract(name, open)
    keyValueContract(`${name}, ledger`, async (world) => asKeyValue(await open(world)))
    blobsContract(name, () => open(realWorld()))
  })
}

/** An engine with nothing in it, on servers that have others. */
async function openFresh({ servers, monitors }: NatsServers, world: World): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-engine-'))
  const engine = await openNatsEngine({ world, folder, servers, monitors, space: `test${spaces++}` })
  return {
    ...engine,
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
