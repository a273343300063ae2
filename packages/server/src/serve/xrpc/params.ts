import type { l } from '@atproto/lex'
import { ok, refuse, type Result } from '@waypost/kernel'

/** How the text of one parameter becomes a value. */
type Kind = 'string' | 'integer' | 'boolean'

interface Parameter {
  readonly kind: Kind
  readonly repeated: boolean
}

export type ParamsReader = (search: string) => Result<Record<string, unknown>, string>

/**
 * Reads a query string by a lexicon's parameters, strictly: an integer is written as people write it (`1e1`, `01` and
 * nothing at all are refused), a boolean is `true` or `false`, a scalar appears once. An empty string counts as absent.
 * Parameters that the lexicon does not know are ignored. The value has the lexicon's defaults and keeps its limits.
 */
export function paramsReader(schema: l.ParamsSchema): ParamsReader {
  const known = new Map(Object.entries(schema.shape).map(([name, validator]) => [name, parameterOf(validator)]))
  const defaults = defaultsOf(schema)
  return (search) => {
    const values: Record<string, unknown> = {}
    for (const [name, text] of new URLSearchParams(search)) {
      const parameter = known.get(name)
      if (!parameter) continue
      if (text === '' && parameter.kind === 'string') continue
      const value = scalar(parameter.kind, text)
      if (value === undefined)
        return refuse(`${name} is not ${parameter.kind === 'integer' ? 'an integer' : 'a boolean'}`)
      if (!parameter.repeated && name in values) return refuse(`${name} may be given once`)
      if (parameter.repeated) values[name] = [...((values[name] as unknown[] | undefined) ?? []), value]
      else values[name] = value
    }
    // Parsing would put the defaults in too, but makes an error of each parameter that is absent, and drops it.
    const whole = { ...defaults, ...values }
    const checked = schema.safeValidate(whole)
    return checked.success ? ok(whole) : refuse(checked.reason.message)
  }
}

function defaultsOf(schema: l.ParamsSchema): Readonly<Record<string, unknown>> {
  const defaults = Object.entries(schema.shape).flatMap(([name, validator]) => {
    const parsed = validator.safeParse(undefined)
    return parsed.success && parsed.value !== undefined ? [[name, parsed.value] as const] : []
  })
  return Object.fromEntries(defaults)
}

function scalar(kind: Kind, text: string): string | number | boolean | undefined {
  if (kind === 'string') return text
  if (kind === 'integer') return /^(0|-?[1-9]\d{0,15})$/.test(text) ? Number(text) : undefined
  return text === 'true' ? true : text === 'false' ? false : undefined
}

/** Looks through the wrappers of a parameter's schema (optional, default, array) for what it holds. */
function parameterOf(validator: unknown): Parameter {
  let inner = validator as { type?: string; validator?: unknown }
  let repeated = false
  while (inner.validator !== undefined) {
    if (inner.type === 'array') repeated = true
    inner = inner.validator as { type?: string; validator?: unknown }
  }
  const kind = inner.type === 'integer' || inner.type === 'boolean' ? inner.type : 'string'
  return { kind, repeated }
}
