import { acceptanceProjection } from './acceptance.ts'
import { checkinProjection } from './checkin.ts'
import { commentProjection } from './comment.ts'
import { graphProjection } from './graph.ts'
import { likeProjection } from './like.ts'
import { listProjection } from './list.ts'
import { mayorProjection } from './mayor.ts'
import { personProjection } from './person.ts'
import { placeProjection } from './place.ts'
import { placeLinkProjection } from './place-link.ts'
import type { Projection } from './projection.ts'
import { tipProjection } from './tip.ts'

/** All of them, in an order in which their tables can be created. */
export const PROJECTIONS: readonly Projection[] = [
  personProjection,
  placeProjection,
  checkinProjection,
  likeProjection,
  commentProjection,
  graphProjection,
  tipProjection,
  acceptanceProjection,
  listProjection,
  placeLinkProjection,
  mayorProjection,
]
