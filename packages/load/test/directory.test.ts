import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import * as plcModule from '@did-plc/server'
import { Client } from '@did-plc/lib'
import { makePeople, registerPeople } from '../src/directory-client.ts'

// The package is CommonJS without named exports that Node could see.
const plc = ((plcModule as { default?: unknown }).default ?? plcModule) as typeof plcModule

test('people are registered once, stay as they are on a repeated run, and move with their host', async () => {
  const server = plc.PlcServer.create({ db: plc.Database.mock() })
  const http = server.app.listen(0, '127.0.0.1')
  await once(http, 'listening')
  try {
    const plcUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    const people = await makePeople({ seed: 'directory', count: 11, prefix: 'ny' })
    const pds = 'http://127.0.0.1:2590'
    const register = (at: string): Promise<void> => registerPeople(people, { plcUrl, seed: 'directory', pds: at })
    const directory = new Client(plcUrl)
    const operations = async (): Promise<number> => (await directory.getOperationLog(people[10]!.did)).length

    await register(pds)
    await register(pds)
    assert.equal(await operations(), 1)
    await register('http://127.0.0.1:2591')
    assert.equal(await operations(), 2)
    const document = await directory.getDocument(people[10]!.did)
    assert.equal(document.service[0]?.serviceEndpoint, 'http://127.0.0.1:2591')
    assert.deepEqual(document.alsoKnownAs, ['at://ny0011.test'])
    assert.equal((await directory.getDocumentData(people[10]!.did)).verificationMethods['atproto'], people[10]!.key.did)
    await register(pds)
    assert.equal(await operations(), 3)
  } finally {
    http.close()
    http.closeAllConnections()
  }
})
