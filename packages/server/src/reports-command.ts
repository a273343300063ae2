import process from 'node:process'
import { createTelemetry, type World } from '@waypost/kernel'
import { openEventLog } from '#log/event-log.ts'
import { callControl, type ControlLine, type ReportsOrder } from '#serve/control.ts'
import { createReports, type Report } from '#serve/moderation/reports.ts'
import type { Config } from './config.ts'
import { openEngine } from './open-engine.ts'
import { openPrivate } from './open-private.ts'

/**
 * `waypost reports`: by the server that holds the data folder, where one does, and in this process otherwise. Answers the
 * exit code: 0, 1 where there is no report with that id or the server did not answer.
 */
export async function reports(
  world: World,
  config: Config,
  { json, done }: ReportsOrder & { readonly json: boolean },
  print: (text: string) => void,
): Promise<number> {
  const lines = await linesFor(world, config, { done })
  for (const line of lines) {
    if ('report' in line) print(json ? JSON.stringify(line.report) : describe(line.report))
    else if ('refused' in line) print(line.refused)
    else if ('isDone' in line)
      print(line.isDone ? 'Done, and forgotten.' : `There is no report ${legible(done ?? '')}.`)
  }
  if (done === undefined && lines.length === 0 && !json) print('Nobody reported anything.')
  return lines.some((line) => 'refused' in line || ('isDone' in line && !line.isDone)) ? 1 : 0
}

async function linesFor(world: World, config: Config, order: ReportsOrder): Promise<readonly ControlLine[]> {
  const told = await callControl(config.dataFolder, '/reports', order)
  if (told !== undefined) return Array.fromAsync(told)
  await using engine = await openEngine(world, config)
  const { log } = createTelemetry({ level: 'warn', destination: process.stderr })
  await using own = await openPrivate(world, { config, engine, eventLog: openEventLog(engine.log, world), log })
  const reported = createReports(world, own.kept)
  if (order.done !== undefined) return [{ isDone: await reported.done(order.done) }]
  return reported.list().map((report) => ({ report }))
}

function describe({ id, at, by, subject, reasonType, reason }: Report): string {
  const head = `${id}  ${new Date(at).toISOString()}  ${reasonType}  ${subject.kind} ${legible(subject.id)}`
  const words = reason === '' ? [] : legible(reason).split('\n')
  return [head, `  by ${by}`, ...words.map((line) => `  | ${line}`)].join('\n')
}

/** Somebody else's text on the operator's terminal: nothing in it moves the cursor, turns the writing or hides a part. Joiners stay: whole scripts need them. */
function legible(text: string): string {
  return text.replace(/[^\P{C}\n\u200c\u200d]|[\u2028\u2029]/gu, '\ufffd')
}
