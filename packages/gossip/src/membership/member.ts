import type { NodeId } from '../machine.ts'

export type Health = 'alive' | 'suspect' | 'dead'

/** What is said of a member. Its incarnation is a number that only the member itself raises, to contradict a rumour. */
export interface Rumour {
  readonly id: NodeId
  readonly health: Health
  readonly incarnation: number
}

/** What is known of a member here. */
export interface Member extends Rumour {
  /** Since when it is believed. */
  readonly sinceMs: number
}

const WORSE: Readonly<Record<Health, number>> = { alive: 0, suspect: 1, dead: 2 }

/** Later incarnations win; within one, the worse news. Total, so that all who have heard the same believe the same. */
export function overrides(news: Rumour, known: Rumour): boolean {
  if (news.incarnation !== known.incarnation) return news.incarnation > known.incarnation
  return WORSE[news.health] > WORSE[known.health]
}
