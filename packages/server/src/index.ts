export { readConfig, type Config } from './config.ts'
export { startServer } from './server.ts'
export type { Server } from './server-port.ts'
