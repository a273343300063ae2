import { startNetwork } from '../packages/web/e2e/network.ts'
import { buildWeb } from '../tools/build-web.ts'
import type { Bench, Figure } from './main.ts'
import { axeViolations } from '../packages/web/bench/axe.ts'
import { calm } from '../packages/web/bench/calm.ts'
import { lighthouseScores } from '../packages/web/bench/lighthouse.ts'
import { scrolling } from '../packages/web/bench/scroll.ts'
import { sizes } from '../packages/web/bench/size.ts'
import { tapToVisible } from '../packages/web/bench/visible.ts'

/** The client as its people meet it. A machine that does much else measures itself: read the figures of an idle one. */
export const bench: Bench = {
  about:
    'the client in Chromium: its size, Lighthouse on a mid-range phone, axe on every screen, a long feed, a check-in',
  parts: ['size', 'lighthouse', 'axe', 'scroll', 'visible'],
  async run({ only, full, note }): Promise<readonly Figure[]> {
    buildWeb()
    if (only === 'size') return sizes()
    await using network = await startNetwork({ demo: true })
    const { url } = network
    const parts: readonly (readonly [string, () => Promise<readonly Figure[]>])[] = [
      ['size', async () => sizes()],
      ['lighthouse', () => lighthouseScores(url, { runs: full ? 5 : 3, note })],
      ['scroll', () => scrolling(url)],
      ['visible', () => tapToVisible(url, { runs: full ? 21 : 9 })],
      ['axe', () => axeViolations(url, { note })],
    ]
    const figures: Figure[] = []
    for (const [name, measure] of parts) {
      if (only !== undefined && only !== name) continue
      await calm(note)
      figures.push(...(await measure()))
    }
    return figures
  },
}
