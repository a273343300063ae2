import { createHash } from 'node:crypto'
import { ok, refuse, type Did, type Result, type World } from '@waypost/kernel'
import type { PrivateStore } from '#serve/private-store.ts'

/**
 * What people tell the operator of this server is wrong. Private: it is in no repository, in no answer and in no log line;
 * only `waypost reports` shows it. In: who says what of what. Promise: of one person no more are kept than `OPEN_MAX`, and
 * none longer than `REPORT_MS_MAX`; saying the same again makes no second one.
 */
export interface Reports {
  /** Answers its id. Refused where the person has as many open as are kept. */
  add(report: Pick<Report, 'by' | 'subject' | 'reasonType' | 'reason'>): Promise<Result<string, 'too-many'>>
  /** Oldest first. */
  list(): readonly Report[]
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

/** Of one person; further ones are refused until the operator is done with some. */
const OPEN_MAX = 50
/** What nobody dealt with for so long, nobody will; what somebody said of others is not kept for good. */
export const REPORT_MS_MAX = 180 * 86_400_000
const ID_CHARACTERS = 16

export function createReports(world: World, kept: PrivateStore): Reports {
  return {
    add: (said) =>
      kept.change(said.by, async (own) => {
        const id = idOf(said)
        const open = kept.of(said.by, 'report')
        if (open.length >= OPEN_MAX && open.every((item) => item.id !== id)) return refuse('too-many')
        const at = world.clock.now()
        const report: Report = { id, at, ...said }
        await own.put('report', id, JSON.stringify(report), { expiresAt: at + REPORT_MS_MAX })
        return ok(id)
      }),
    list: () =>
      kept
        .all('report')
        .map(({ item }) => JSON.parse(item.value) as Report)
        .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)),
    async done(id) {
      const found = kept.all('report').filter(({ item }) => item.id === id)
      for (const { did } of found) await kept.change(did, (own) => own.delete('report', id))
      return found.length > 0
    },
  }
}

/** The same for the same person, subject and kind of reason. */
function idOf({ by, subject, reasonType }: Pick<Report, 'by' | 'subject' | 'reasonType'>): string {
  const told = JSON.stringify([by, subject.kind, subject.id, reasonType])
  return createHash('sha256').update(told).digest('hex').slice(0, ID_CHARACTERS)
}
