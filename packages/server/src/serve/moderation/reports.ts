import { createHash } from 'node:crypto'
import type { KeyValue } from '@waypost/engine'
import { ok, refuse, type Did, type Result, type World } from '@waypost/kernel'
import { createTurns } from '#serve/writing.ts'

/**
 * What people tell the operator of this server is wrong. Private: it is in no repository, in no answer and in no log line;
 * only `waypost reports` shows it. In: who says what of what. Promise: of one person no more are kept than `OPEN_MAX`, and
 * none longer than `KEPT_MS`; saying the same again makes no second one.
 */
export interface Reports {
  /** Answers its id. Refused where the person has as many open as are kept. */
  add(report: Pick<Report, 'by' | 'subject' | 'reasonType' | 'reason'>): Promise<Result<string, 'too-many'>>
  /** Oldest first. */
  list(): Promise<readonly Report[]>
  /** Whether there was one. */
  done(id: string): Promise<boolean>
}

export interface Report {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly by: Did
  readonly subject: ReportSubject
  readonly reasonType: string
  /** The person's own words; may be empty. */
  readonly reason: string
}

export interface ReportSubject {
  readonly kind: 'place' | 'checkin' | 'person'
  /** A place's id, a check-in's address or a DID. */
  readonly id: string
}

const PREFIX = 'report/'
/** Of one person; further ones are refused until the operator is done with some. */
const OPEN_MAX = 50
/** What nobody dealt with for so long, nobody will; what somebody said of others is not kept for good. */
const KEPT_MS = 180 * 86_400_000
const ID_CHARACTERS = 16

export function createReports(world: World, keyValue: KeyValue): Reports {
  // Of one person one after the other: counting and adding are two steps.
  const inTurn = createTurns()

  async function read(key: string): Promise<readonly Report[]> {
    const held = await keyValue.get(key)
    return held === undefined ? [] : [JSON.parse(Buffer.from(held.value).toString()) as Report]
  }

  return {
    add: (said) =>
      inTurn(said.by, async () => {
        const of = `${PREFIX}${said.by}/`
        const id = idOf(said)
        const open = await keyValue.list(of)
        if (!open.includes(of + id) && open.length >= OPEN_MAX) return refuse('too-many')
        const at = world.clock.now()
        const report: Report = { id, at, ...said }
        await keyValue.put(of + id, Buffer.from(JSON.stringify(report)), { expiresAt: at + KEPT_MS })
        return ok(id)
      }),
    async list() {
      const found: Report[] = []
      for (const key of await keyValue.list(PREFIX)) found.push(...(await read(key)))
      return found.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
    },
    async done(id) {
      const keys = (await keyValue.list(PREFIX)).filter((key) => key.endsWith(`/${id}`))
      for (const key of keys) await keyValue.delete(key)
      return keys.length > 0
    },
  }
}

/** The same for the same person, subject and kind of reason. */
function idOf({ by, subject, reasonType }: Pick<Report, 'by' | 'subject' | 'reasonType'>): string {
  const told = JSON.stringify([by, subject.kind, subject.id, reasonType])
  return createHash('sha256').update(told).digest('hex').slice(0, ID_CHARACTERS)
}
