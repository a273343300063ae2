/** Consistency models, each with what it forbids beyond those that it contains. */
const MODELS: Readonly<Record<string, { readonly contains: readonly string[]; readonly forbids: readonly string[] }>> =
  {
    'read-uncommitted': { contains: [], forbids: ['G0'] },
    'read-committed': { contains: ['read-uncommitted'], forbids: ['G1a', 'G1b', 'G1c', 'dirty-update'] },
    'snapshot-isolation': {
      contains: ['read-committed'],
      forbids: ['internal', 'future-read', 'G-single', 'G-nonadjacent', 'lost-update'],
    },
    'repeatable-read': { contains: ['read-committed'], forbids: ['G-single', 'G-nonadjacent', 'G2', 'lost-update'] },
    serializable: { contains: ['snapshot-isolation', 'repeatable-read'], forbids: [] },
    'strong-session-serializable': {
      contains: ['serializable'],
      forbids: ['G0-process', 'G1c-process', 'G-single-process', 'G-nonadjacent-process', 'G2-process'],
    },
    'strict-serializable': {
      contains: ['strong-session-serializable'],
      forbids: ['G0-realtime', 'G1c-realtime', 'G-single-realtime', 'G-nonadjacent-realtime', 'G2-realtime'],
    },
  }

/** Wrong under any model: no database has such values. */
const ALWAYS_WRONG = ['duplicate-elements', 'incompatible-order', 'invented-value']

export const MODEL_NAMES = Object.keys(MODELS)

/** The kinds of anomaly that a model does not allow. */
export function forbiddenBy(model: string): ReadonlySet<string> {
  const { contains, forbids } = MODELS[model]!
  return new Set([...ALWAYS_WRONG, ...forbids, ...contains.flatMap((weaker) => [...forbiddenBy(weaker)])])
}

/** The weakest models that such anomalies rule out: those that contain no other one that is ruled out. */
export function ruledOut(kinds: readonly string[]): readonly string[] {
  const out = MODEL_NAMES.filter((model) => kinds.some((kind) => forbiddenBy(model).has(kind)))
  return out.filter((model) => !MODELS[model]!.contains.some((weaker) => out.includes(weaker)))
}
