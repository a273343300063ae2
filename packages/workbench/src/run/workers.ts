import type { World } from '@waypost/kernel'
import type { Network } from '../net/network.ts'
import type { Completion, Op, Session, Worker, Workload } from '../workloads/workload.ts'
import { openClient, type Client } from './client.ts'
import type { HistoryEvent } from './history.ts'

/** A thread of control that does one operation at a time, on one node. */
export interface RunningWorker extends Worker {
  readonly nodeId: string
  readonly isFree: boolean
  /** Does an operation; both ends of it go into the history. */
  perform(op: Op, options?: { isFinal: boolean }): Promise<Completion>
}

export interface WorkersOptions {
  readonly world: World
  readonly network: Network
  readonly workload: Workload
  readonly nodeIds: readonly string[]
  readonly concurrency: number
  readonly nextClientId: () => string
  readonly record: (event: Omit<HistoryEvent, 'index' | 'timeMs'>) => void
  /** An answer that is none, of a node. */
  readonly onMalformed: (nodeId: string, words: string) => void
}

export function startWorkers(options: WorkersOptions): readonly RunningWorker[] {
  return Array.from({ length: options.concurrency }, (_, thread) => startWorker(thread, options))
}

function startWorker(thread: number, options: WorkersOptions): RunningWorker {
  const { world, network, workload, nodeIds, concurrency, record } = options
  const nodeId = nodeIds[thread % nodeIds.length]!
  let client: Client
  let session: Session
  let process = thread
  let isFree = true

  function connect(): void {
    client = openClient(world, network, { id: options.nextClientId(), nodeId, replies: workload.replies })
    const asking = client
    session = workload.open(async (body) => {
      const answer = await asking.request(body, workload.requestTimeoutMs)
      if (!answer.ok && answer.error.code === 'malformed-reply') options.onMalformed(nodeId, answer.error.text)
      return answer
    })
  }

  connect()
  return {
    thread,
    nodeId,
    get process() {
      return process
    },
    get isFree() {
      return isFree
    },
    async perform(op, { isFinal } = { isFinal: false }) {
      isFree = false
      const about = { process, node: nodeId, f: op.f, ...(isFinal ? { isFinal: true as const } : {}) }
      record({ ...about, type: 'invoke', value: op.value })
      const completion = await session.run(op)
      record({ ...about, ...completion })
      if (completion.type === 'info') {
        // Nobody may do two things at once, and that one may still be going on.
        process += concurrency
        if (!workload.keepsConnection) {
          client.close()
          connect()
        }
      }
      isFree = true
      return completion
    },
  }
}
