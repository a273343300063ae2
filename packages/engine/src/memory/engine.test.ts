import { simWorld } from '@waypost/kernel/sim'
import { blobsContract } from '../blobs.contract.ts'
import { keyValueContract } from '../key-value.contract.ts'
import { logContract } from '../log.contract.ts'
import { openMemoryEngine } from './engine.ts'

logContract('memory', async () => openMemoryEngine({ world: simWorld() }))
keyValueContract('memory', async (world) => openMemoryEngine({ world }))
blobsContract('memory', async () => openMemoryEngine({ world: simWorld() }))
