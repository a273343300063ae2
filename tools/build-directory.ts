/** Builds the directory of places that the servers of the tests start with, unless there is one of today's sources. */
import { join } from 'node:path'
import { createTelemetry } from '@waypost/kernel'
import { openDirectory } from '../packages/server/src/query/directory/directory.ts'
import { DIRECTORY_FILE, DIRECTORY_OF_TESTS } from './built-directory.ts'

const { log } = createTelemetry({ level: 'warn' })
const directory = await openDirectory({ file: join(DIRECTORY_OF_TESTS, DIRECTORY_FILE), log })
directory.close()
