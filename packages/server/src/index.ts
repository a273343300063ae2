export { readConfig, type Config } from './config.ts'
export { startServer, type Server } from './server.ts'
