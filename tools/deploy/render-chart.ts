import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { isTrue, parseTemplates, render, type Functions, type Value } from './go-template.ts'

/** One object of Kubernetes. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: unknown
}

type Values = Readonly<Record<string, unknown>>

/** Those of Helm's and Sprig's functions that our templates call. */
const FUNCTIONS: Functions = {
  default: (fallback, value) => (isTrue(value) ? value : fallback),
  dict: (...given) =>
    Object.fromEntries(given.flatMap((key, at) => (at % 2 === 0 ? [[key as string, given[at + 1]]] : []))),
  div: (a, b) => Math.trunc(Number(a) / Number(b)),
  eq: (a, b) => a === b,
  index: (value, key) => (value as Values)[key as string],
  int: (value) => Math.trunc(Number(value)),
  join: (between, list) => (list as readonly string[]).join(between as string),
  list: (...given) => given,
  nindent: (spaces, text) => `\n${(text as string).replaceAll(/^/gm, ' '.repeat(Number(spaces)))}`,
  not: (value) => !isTrue(value),
  printf: (format, ...given) => {
    const left = [...given]
    return (format as string).replaceAll(/%[ds]/g, () => String(left.shift()))
  },
  quote: (value) => JSON.stringify(String(value)),
  required: (message, value) => {
    if (value === undefined || value === '') throw new Error(message as string)
    return value
  },
  toYaml: (value) => stringify(value).trimEnd(),
  trimPrefix: (prefix, text) =>
    (text as string).startsWith(prefix as string) ? (text as string).slice((prefix as string).length) : text,
}

/** The values of a chart with others over them, as `helm --values` lays them. */
export function valuesOf(chart: string, over: Values = {}): Values {
  return merged(parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Values, over)
}

/** What `helm template` makes of a chart without its dependencies, by the template's file name; NOTES.txt as it is. */
export function renderChart(chart: string, options: { release: string; values: Values }): Map<string, string> {
  const files = globSync(join(chart, 'templates/*')).toSorted()
  const templates = parseTemplates(
    Object.fromEntries(files.map((file) => [basename(file), readFileSync(file, 'utf8')])),
  )
  const { name, version, appVersion } = parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8')) as Record<string, string>
  const dot: Value = {
    Chart: { Name: name, Version: version, AppVersion: appVersion },
    Release: { Name: options.release, Namespace: 'default', Service: 'Helm' },
    Values: options.values,
  }
  const shown = [...templates.keys()].filter((each) => /\.(?:yaml|txt)$/.test(each))
  return new Map(shown.map((each) => [each, render(templates, each, dot, FUNCTIONS)]))
}

/** The objects in what was rendered. Throws where it is no YAML. */
export function objectsIn(rendered: ReadonlyMap<string, string>): KubernetesObject[] {
  return [...rendered].flatMap(([file, text]) => {
    if (!file.endsWith('.yaml')) return []
    return parseAllDocuments(text).flatMap((document) => {
      const [fault] = document.errors
      if (fault) throw new Error(`${file}: ${fault.message}\n${text}`)
      const object = document.toJS() as KubernetesObject | null
      return object === null ? [] : [object]
    })
  })
}

function merged(under: unknown, over: unknown): Values {
  const isMap = (value: unknown): value is Values =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isMap(under) || !isMap(over)) return over as Values
  const keys = new Set([...Object.keys(under), ...Object.keys(over)])
  return Object.fromEntries([...keys].map((key) => [key, key in over ? merged(under[key], over[key]) : under[key]]))
}
