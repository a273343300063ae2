/** Nothing waits longer for a quiet moment than this. */
const WAIT_MS_MAX = 2_000

/** Resolves once the page is loaded and the browser has nothing better to do. */
export async function whenQuiet(): Promise<void> {
  if (document.readyState !== 'complete') {
    await new Promise((loaded) => window.addEventListener('load', loaded, { once: true }))
  }
  // Safari has no idea of being idle.
  await new Promise<unknown>((quiet) =>
    'requestIdleCallback' in window ? requestIdleCallback(quiet, { timeout: WAIT_MS_MAX }) : setTimeout(quiet),
  )
}

/** Resolves after the next picture of the page; at once where nobody looks at it. */
export async function whenPainted(): Promise<void> {
  if (document.visibilityState === 'hidden') return
  await new Promise((drawn) => requestAnimationFrame(drawn))
  await new Promise((painted) => setTimeout(painted))
}
