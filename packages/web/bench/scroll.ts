import type { CDPSession, Page } from 'playwright-core'
import { launch, openDevice, PHONE } from '../e2e/browser.ts'
import type { Figure } from '../../../bench/main.ts'
import type { TraceEvent } from './processor-time.ts'

const ITEMS = 1_000
const PAGE_ITEMS_MAX = 100
/** How much slower than this machine's the phone's processor is. */
const CPU_SLOWER = 4
const STEP_PX = 400
const STEP_MS = 100
const LONG_TASK_MS = 50
const SCREENS = 40
const TIMES = 5

interface Feed {
  readonly feed: readonly Readonly<Record<string, unknown>>[]
}

/** A feed of a thousand check-ins, once it is there, scrolled up and down by a thumb on a mid-range phone. */
export async function scrolling(url: string): Promise<readonly Figure[]> {
  await using browser = await launch([], { hasCard: true })
  const { context } = await openDevice(browser, { viewport: PHONE, isWithoutWorker: true })
  const page = await context.newPage()
  await serveThousand(page, url)
  await page.goto(url)
  while ((await page.evaluate(itemsOf)) < ITEMS) {
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
    await page.waitForTimeout(STEP_MS)
  }
  const devtools = await context.newCDPSession(page)
  // What loading left behind is not scrolling's.
  await devtools.send('HeapProfiler.collectGarbage')
  const times: (readonly number[])[] = []
  for (let time = 0; time < TIMES; time++) {
    const tasksMs = await tasksDuring(devtools, () => scroll(page))
    times.push(tasksMs.map((ms) => ms * CPU_SLOWER).toSorted((a, b) => b - a))
  }
  await context.close()
  const longest = times.map(([first = 0]) => first).toSorted((a, b) => a - b)
  return [
    {
      name: 'scroll_longest_task_ms',
      value: longest[TIMES >> 1]!,
      unit: `ms, CPU time × ${CPU_SLOWER}, the median of ${TIMES} times`,
      goal: `≤ ${LONG_TASK_MS}`,
    },
    { name: 'scroll_longest_of_all_ms', value: longest.at(-1)!, unit: `ms, among ${times.flat().length} tasks` },
    {
      name: 'scroll_long_tasks',
      value: times.flat().filter((ms) => ms > LONG_TASK_MS).length,
      unit: `over ${LONG_TASK_MS} ms in ${TIMES * SCREENS} thumb strokes`,
    },
  ]
}

/** How many check-ins the feed has, those that are far from the screen too. */
function itemsOf(): number {
  const drawn = document.querySelectorAll('.feed li').length
  const rooms = [...document.querySelectorAll<HTMLElement>('.feed-room')]
  return rooms.reduce((sum, { dataset }) => sum + Number(dataset['items']), drawn)
}

/**
 * The CPU time of each task of the page's main thread, in milliseconds. Not its time by the clock: here the threads that
 * paint, in software, share two cores with it, where a phone paints on its graphics processor.
 */
async function tasksDuring(devtools: CDPSession, act: () => Promise<void>): Promise<readonly number[]> {
  const events: TraceEvent[] = []
  const take = ({ value }: { value: object[] }): void => void events.push(...(value as TraceEvent[]))
  devtools.on('Tracing.dataCollected', take)
  await devtools.send('Tracing.start', { traceConfig: { includedCategories: ['toplevel'] } })
  await act()
  const complete = new Promise((resolve) => devtools.once('Tracing.tracingComplete', resolve))
  await devtools.send('Tracing.end')
  await complete
  devtools.off('Tracing.dataCollected', take)
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
  const tasksOf = mains.map(({ pid, tid }) =>
    events.filter((event) => event.pid === pid && event.tid === tid && event.name === 'ThreadControllerImpl::RunTask'),
  )
  // A browser keeps a renderer ready that does nothing.
  const busiest = tasksOf.toSorted((a, b) => b.length - a.length)[0] ?? []
  return busiest.map(({ tdur = 0 }) => tdur / 1_000)
}

/** The demo people's check-ins over and over, each with an address of its own. */
async function serveThousand(page: Page, url: string): Promise<void> {
  const answer = await fetch(`${url}/xrpc/app.waypost.feed.getGlobal?limit=${PAGE_ITEMS_MAX}`)
  const { feed } = (await answer.json()) as Feed
  await page.route(/feed\.getGlobal/, (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0)
    const items = Array.from({ length: Math.min(PAGE_ITEMS_MAX, ITEMS - from) }, (_, index) => {
      const item = feed[(from + index) % feed.length]!
      return { ...item, uri: `${String(item['uri'])}${from + index}` }
    })
    const next = from + items.length
    return route.fulfill({ json: { feed: items, ...(next < ITEMS ? { cursor: String(next) } : {}) } })
  })
}

async function scroll(page: Page): Promise<void> {
  await page.evaluate(
    async ({ strokes, px, ms }) => {
      window.scrollTo(0, 0)
      await new Promise((done) => setTimeout(done, 1_000))
      for (let stroke = 0; stroke < strokes; stroke++) {
        window.scrollBy(0, stroke % 10 < 8 ? px : -px)
        await new Promise((done) => setTimeout(done, ms))
      }
    },
    { strokes: SCREENS, px: STEP_PX, ms: STEP_MS },
  )
}
