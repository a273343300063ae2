import type { FastifyInstance } from 'fastify'
import type { Did } from '@waypost/kernel'

export interface Health {
  readonly version: string
  readonly serviceDid: Did
  /** Where the service is reached, for its DID document. */
  readonly endpoint: () => string
  /** What is not there yet; empty once this server answers as well as any other. */
  readonly missing: () => readonly string[]
  /** Of a process that may follow the hosts: whether it does, or stands by for another one. */
  readonly ingest?: () => 'active' | 'standby'
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
}

/** For those who watch over the process: alive, ready, how it fares, and who it says it is. */
export function mountHealth(app: FastifyInstance, health: Health): void {
  app.get('/health/live', async () => ({ alive: true }))
  app.get('/health/ready', async (_request, reply) => {
    const missing = health.missing()
    const ingest = health.ingest?.()
    return reply
      .code(missing.length === 0 ? 200 : 503)
      .send({ ready: missing.length === 0, missing, ...(ingest && { ingest }) })
  })
  app.get('/xrpc/_health', async () => ({ version: health.version }))
  app.get('/metrics', async (_request, reply) => {
    const { type, text } = await health.metrics()
    return reply.type(type).send(text)
  })
  app.get('/.well-known/did.json', async (_request, reply) => {
    const { serviceDid } = health
    if (!serviceDid.startsWith('did:web:')) return reply.code(404).send({ error: 'NotFound', message: 'not a did:web' })
    return reply.send({
      '@context': ['https://www.w3.org/ns/did/v1'],
      id: serviceDid,
      service: [{ id: '#waypost', type: 'WaypostAppView', serviceEndpoint: health.endpoint() }],
    })
  })
}
