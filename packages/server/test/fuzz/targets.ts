import { answers, documents } from './target-answers.ts'
import { commits, frames } from './target-frames.ts'
import { nodes } from './target-nodes.ts'
import { records } from './target-records.ts'
import { repos } from './target-repos.ts'
import { shown } from './target-shown.ts'
import { trees } from './target-trees.ts'
import { values } from './target-values.ts'
import type { Target } from './target.ts'

export const TARGETS: readonly Target[] = [
  frames,
  commits,
  trees,
  nodes,
  repos,
  values,
  records,
  shown,
  documents,
  answers,
]
