import { globSync, readFileSync } from 'node:fs'
import {
  INPUTS,
  QUERIES,
  servingApi,
  targetOf,
  type ApiExample,
} from '../../packages/server/src/serve/xrpc/given-api.ts'
import { renderApi, type Example, type Lexicon } from './render.ts'

export const API_PAGE = 'docs/api.md'

/** The page as it must be, with what a server answers now. */
export async function apiPage(): Promise<string> {
  const lexicons = globSync('lexicons/**/*.json').map((file) => JSON.parse(readFileSync(file, 'utf8')) as Lexicon)
  await using server = await servingApi()
  const examples: Example[] = []
  for (const example of QUERIES) examples.push(await askedOf(server.origin, example))
  for (const { nsid, input } of INPUTS) {
    const head = `POST /xrpc/${nsid}\nContent-Type: application/json`
    examples.push({ nsid, request: `${head}\n\n${JSON.stringify(input, undefined, 2)}` })
  }
  return renderApi(lexicons, examples)
}

async function askedOf(origin: string, example: ApiExample): Promise<Example> {
  const authorization = example.as && `Bearer $${example.as.toUpperCase()}`
  const response = await fetch(origin + targetOf(example), { headers: authorization ? { authorization } : {} })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(`${targetOf(example)}: ${response.status} ${JSON.stringify(answer)}`)
  const request = `GET ${targetOf(example)}${authorization ? `\nAuthorization: ${authorization}` : ''}`
  return { nsid: example.nsid, request, answer }
}
