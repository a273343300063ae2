import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realWorld, tidFrom, type Did } from '@waypost/kernel'
import {
  createSignedRepo,
  generatePeople,
  startDocumentDirectory,
  startFakeHost,
  type FakeHost,
  type HostEvent,
} from '@waypost/load'
import { freePort } from '../../../../tools/free-port.ts'
import { startServerProcess, waitUntil, type ServerProcess, type Settings } from '../kill9-process.ts'

export const OPERATOR_PASSWORD = 'only for the operator'

/** A real server with an operator, process after process on one folder, and a host with people whom it follows. */
export interface OperatedServer extends AsyncDisposable {
  readonly folder: string
  readonly host: FakeHost
  readonly people: readonly Did[]
  readonly settings: Settings
  /** A process that is ready; the one before has ended. */
  begin(settings?: Settings): Promise<ServerProcess>
  /** To the operator's page of the process that runs, as that page itself asks unless other headers say otherwise. */
  post(path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** One that the host can emit, later than those before. */
  checkin(did: Did, record?: Readonly<Record<string, unknown>>): { readonly event: HostEvent; readonly uri: string }
}

export async function openOperatedServer(
  name: string,
  options: { readonly people: number; readonly settings?: Settings },
): Promise<OperatedServer> {
  const world = realWorld()
  await using opened = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), `waypost-${name}-`))
  opened.defer(() => rmSync(folder, { recursive: true, force: true }))
  const directory = opened.use(await startDocumentDirectory())
  const host = opened.use(await startFakeHost({ world }))
  const generated = await generatePeople(name, options.people)
  for (const { did, handle, key } of generated) {
    host.addAccount({ did, handle, repo: createSignedRepo({ did, key, clock: world.clock }) })
    directory.put({ did, handle, signingKey: key.did, pds: host.url })
  }
  const given: Settings = {
    WAYPOST_DATA: folder,
    WAYPOST_PORT: String(await freePort()),
    WAYPOST_HOSTS: host.url,
    WAYPOST_PLC_URL: directory.url,
    WAYPOST_SANDBOX: host.url,
    WAYPOST_OPS_PASSWORD: OPERATOR_PASSWORD,
    WAYPOST_LOG_LEVEL: 'info',
    ...options.settings,
  }
  let server: ServerProcess | undefined
  opened.defer(() => server?.[Symbol.asyncDispose]())
  let micros = Date.now() * 1_000
  const running = opened.move()
  return {
    folder,
    host,
    people: generated.map(({ did }) => did),
    settings: given,
    async begin(settings = given) {
      const begun = startServerProcess(settings)
      server = begun
      const isReady = async (): Promise<boolean> => (await fetch(`${begun.url}/health/ready`)).ok
      await waitUntil('it is ready', begun, isReady)
      return begun
    },
    post: (path, body, headers = { origin: server!.url }) =>
      fetch(`${server!.url}/ops/api/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    checkin(did, record) {
      micros = Math.max(micros + 1_000, Date.now() * 1_000)
      const rkey = tidFrom(micros, 0)
      const collection = 'app.waypost.checkin'
      const usual = { createdAt: new Date(micros / 1_000).toISOString(), place: { name: 'Corner' } }
      const write = { action: 'create', collection, rkey, record: { $type: collection, ...(record ?? usual) } } as const
      return { event: { kind: 'commit', did, writes: [write], at: micros }, uri: `at://${did}/${collection}/${rkey}` }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
