import fastify, { type FastifyInstance } from 'fastify'
import { SECURITY_HEADERS } from './headers.ts'
import { mountHealth, type Health } from './health.ts'

/** The HTTP of a process that serves nobody: how it fares, for those who watch over it. */
export function createWatchHttp(health: Health): FastifyInstance {
  const app = fastify({ logger: false, bodyLimit: 1, forceCloseConnections: 'idle' })
  app.addHook('onRequest', async (_request, reply) => void reply.headers(SECURITY_HEADERS))
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: 'NotFound', message: 'this process takes in what others show' }),
  )
  mountHealth(app, health)
  return app
}
