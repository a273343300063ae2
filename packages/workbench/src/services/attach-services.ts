import type { Network } from '../net/network.ts'
import { diceFor } from '../time/dice.ts'
import type { Service } from './key-value.ts'
import { linKv } from './lin-kv.ts'
import { linTso } from './lin-tso.ts'
import { lwwKv } from './lww-kv.ts'
import { seqKv } from './seq-kv.ts'

/** Puts Maelstrom's services on the network. They are never cut off, and never fail. */
export function attachServices(network: Network, seed: number): void {
  const services: Readonly<Record<string, Service>> = {
    'lin-kv': linKv(),
    'seq-kv': seqKv(diceFor(seed, 'seq-kv')),
    'lww-kv': lwwKv(diceFor(seed, 'lww-kv')),
    'lin-tso': linTso(),
  }
  for (const [name, service] of Object.entries(services)) {
    network.attach(name, ({ src, body }) => {
      const answer = service(body, src)
      // Nobody waits for the answer to a message without a number.
      if (!answer || body.msg_id === undefined) return
      network.send({ src: name, dest: src, body: { ...answer, in_reply_to: body.msg_id } })
    })
  }
}
