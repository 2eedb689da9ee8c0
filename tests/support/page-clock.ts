// A clock in the page that a test can set, for engines whose driver brings none: time goes on by itself, and by leaps. What was set
// before it is installed keeps the page's own time.

/** Runs in the page; leaves `pageClock` there. */
export const fakeClock = `(() => {
  if (globalThis.pageClock) return
  // Called as functions of their own, which a browser takes for calls on the window.
  const { now: realNow } = Date
  const { setTimeout: later, clearTimeout: never } = globalThis
  const waiting = new Map()
  let ahead = 0
  let ids = 1_000_000
  const now = () => realNow() + ahead
  const run = (id) => {
    const timer = waiting.get(id)
    if (!timer || timer.due > now()) return
    waiting.delete(id)
    timer.work()
  }
  const due = (until) =>
    [...waiting].filter(([, timer]) => timer.due <= until).sort(([, a], [, b]) => a.due - b.due).map(([id]) => id)
  Date.now = now
  /** A timer of the browser's own may come a hair before it is due by the clock. */
  const look = (id) => {
    const left = (waiting.get(id)?.due ?? 0) - now()
    if (left > 0) later(look, left, id)
    else run(id)
  }
  globalThis.setTimeout = (work, delay = 0, ...given) => {
    const id = ids++
    // A wait past 2^31 ms is none at all, here as everywhere.
    const wanted = delay > 2_147_483_647 ? 1 : Math.max(0, Number(delay) || 0)
    waiting.set(id, { due: now() + wanted, work: () => work(...given) })
    later(look, wanted, id)
    return id
  }
  globalThis.clearTimeout = (id) => {
    if (!waiting.delete(id)) never(id)
  }
  globalThis.pageClock = {
    /** As a machine that slept: what was due meanwhile comes once, now. */
    async fastForward(by) {
      ahead += by
      for (const id of due(now())) run(id)
    },
    /** As time that went by: each comes when it is due, and what it sets, too. */
    async runFor(by) {
      const end = now() + by
      for (let [id] = due(end); id !== undefined; [id] = due(end)) {
        ahead += Math.max(0, waiting.get(id).due - now())
        run(id)
        await new Promise((resolve) => later(resolve, 0))
      }
      ahead += Math.max(0, end - now())
    },
  }
})()`
