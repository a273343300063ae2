import { simWorld } from '@waypost/kernel/sim'
import { blobsContract } from '../blobs.contract.ts'
import { asKeyValue, keyValueContract } from '../key-value.contract.ts'
import { asLog, logContract } from '../log.contract.ts'
import { openMemoryEngine } from './engine.ts'

logContract('memory', async () => openMemoryEngine({ world: simWorld() }))
logContract('memory (private)', async () => asLog(openMemoryEngine({ world: simWorld() })))
keyValueContract('memory', async (world) => openMemoryEngine({ world }))
keyValueContract('memory (ledger)', async (world) => asKeyValue(openMemoryEngine({ world })))
blobsContract('memory', async () => openMemoryEngine({ world: simWorld() }))
