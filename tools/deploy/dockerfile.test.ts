import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { OPTIONS } from '../../packages/server/src/config.ts'

/*
 * What the Dockerfile claims, read from it. Where there is no Docker this is all that can be known of the image but for
 * its health check, which is run here.
 */

interface Instruction {
  readonly name: string
  readonly text: string
}

const text = readFileSync('Dockerfile', 'utf8')
const instructions: readonly Instruction[] = text
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => ({ name: line.slice(0, line.indexOf(' ')), text: line.slice(line.indexOf(' ') + 1) }))
const stages = new Map<string, readonly Instruction[]>()
for (const [at, { name, text: from }] of instructions.entries()) {
  if (name !== 'FROM') continue
  const next = instructions.findIndex((other, index) => index > at && other.name === 'FROM')
  stages.set(/ AS (\w+)$/.exec(from)?.[1] ?? 'final', instructions.slice(at, next < 0 ? undefined : next))
}
const manifest = (folder: string): { version: string; dependencies?: object; devDependencies: { node: string } } =>
  JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))

test('the image is built in stages on one base, whose Node is the one of package.json', () => {
  assert.deepEqual([...stages.keys()], ['client', 'dependencies', 'final'])
  assert.ok(text.includes(`ARG NODE_IMAGE=node:${manifest('.').devDependencies.node}-bookworm-slim\n`))
  for (const [name, steps] of stages) assert.match(steps[0]!.text, /^\$\{NODE_IMAGE\}(?: AS \w+)?$/, name)
})

test('the last stage installs nothing, throws npm away, and is not root', () => {
  const last = stages.get('final')!
  const runs = of(last, 'RUN').join('\n')
  assert.doesNotMatch(runs, /apt-get|npm (?:ci|install)|curl|wget|gcc|make |python/)
  for (const gone of ['/usr/local/lib/node_modules', '/usr/local/bin/npm', '/usr/local/bin/corepack']) {
    assert.ok(runs.includes(gone), `${gone} stays`)
  }
  const [user, ...others] = of(last, 'USER')
  assert.deepEqual(others, [])
  assert.match(user!, /^[1-9]\d*:[1-9]\d*$/, 'by number, and not zero')
  assert.deepEqual(of(last, 'VOLUME'), ['/data'])
  assert.ok(runs.includes(`chown ${user} /data`))
})

test('what runs is installed without what is only for development', () => {
  assert.match(of(stages.get('dependencies')!, 'RUN').join('\n'), /^npm ci --omit=dev --workspace @waypost\/server /)
})

test('every package that the server and the client need is there to be installed, and to be run', () => {
  const needed = { dependencies: packagesOf('server'), client: packagesOf('web') }
  for (const [stage, names] of Object.entries(needed)) {
    const manifests = copied(stage).filter((path) => /^packages\/\w+\/package\.json$/.test(path))
    assert.deepEqual(
      manifests,
      names.map((name) => `packages/${name}/package.json`),
      stage,
    )
  }
  const folders = (stage: string): string[] => copied(stage).filter((path) => /^packages\/\w+$/.test(path))
  assert.deepEqual(folders('client'), needed.client.map(folderOf))
  assert.deepEqual(folders('final'), needed.dependencies.map(folderOf))
})

test('what is copied exists, and .dockerignore lets it through and little else', () => {
  const rules = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  assert.equal(rules[0], '*')
  const paths = [...stages.keys()].flatMap(copied)
  assert.ok(paths.length > 20)
  for (const path of paths) {
    assert.ok(existsSync(path), path)
    assert.ok(
      rules.some((rule) => rule.startsWith('!') && `${path}/`.startsWith(`${rule.slice(1)}/`)),
      `${path} is ignored`,
    )
  }
  for (const rule of ['**/node_modules', '**/dist', '**/*.test.ts', 'packages/*/test']) assert.ok(rules.includes(rule))
})

test('its settings are options of Waypost, and the folder of data is the volume', () => {
  const settings = new Map(
    of(stages.get('final')!, 'ENV').flatMap((line) =>
      line.split(/\s+/).map((each) => each.split('=') as [string, string]),
    ),
  )
  for (const name of settings.keys()) {
    assert.ok(name.startsWith('NODE_') || OPTIONS.some((option) => option.name === name), name)
  }
  assert.equal(settings.get('WAYPOST_DATA'), '/data')
  assert.deepEqual(of(stages.get('final')!, 'EXPOSE'), [settings.get('WAYPOST_PORT')])
})

test('its health check says well where the server lives, and ill where it does not or nobody answers', async () => {
  const line = of(stages.get('final')!, 'HEALTHCHECK')[0]!
  const [program, ...args] = JSON.parse(line.slice(line.indexOf('['))) as string[]
  assert.equal(program, 'node')
  const check = async (port: number): Promise<unknown> => {
    const child = spawn(process.execPath, args, { env: { WAYPOST_PORT: String(port) }, stdio: 'ignore' })
    return (await once(child, 'exit'))[0]
  }
  let status = 200
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  assert.equal(await check(port), 0)
  status = 500
  assert.equal(await check(port), 1)
  server.close()
  await once(server, 'close')
  assert.equal(await check(port), 1)
  assert.deepEqual(asked, ['/health/live', '/health/live'])
  assert.ok(readFileSync('packages/server/src/serve/health.ts', 'utf8').includes(`'${asked[0]}'`))
})

function of(steps: readonly Instruction[], name: string): string[] {
  return steps.flatMap((step) => (step.name === name ? [step.text] : []))
}

/** What a stage takes from the folder that the image is built from. */
function copied(stage: string): string[] {
  return of(stages.get(stage)!, 'COPY')
    .filter((line) => !line.startsWith('--from='))
    .flatMap((line) => line.split(/\s+/).slice(0, -1))
}

/** A package of ours and those that it leads to, in the order of their names. */
function packagesOf(name: string): string[] {
  const found = new Set<string>()
  const look = (each: string): void => {
    if (found.has(each)) return
    found.add(each)
    for (const other of Object.keys(manifest(folderOf(each)).dependencies ?? {})) {
      if (other.startsWith('@waypost/')) look(other.slice('@waypost/'.length))
    }
  }
  look(name)
  return [...found].toSorted()
}

function folderOf(name: string): string {
  return `packages/${name}`
}
