// A clock in the page that a test can set, for engines whose driver brings none: time goes on by itself, and by leaps. What was set
// before it is installed keeps the page's own time.

/** Runs in the page; leaves `pageClock` there. */
export const fakeClock = `(() => {
  const real = { now: Date.now, setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }
  const waiting = new Map()
  let ahead = 0
  let ids = 1_000_000
  const now = () => real.now() + ahead
  const run = (id) => {
    const timer = waiting.get(id)
    if (!timer || timer.due > now()) return
    waiting.delete(id)
    timer.work()
  }
  const due = (until) =>
    [...waiting].filter(([, timer]) => timer.due <= until).sort(([, a], [, b]) => a.due - b.due).map(([id]) => id)
  Date.now = now
  globalThis.setTimeout = (work, delay = 0, ...given) => {
    const id = ids++
    waiting.set(id, { due: now() + Math.max(0, Number(delay) || 0), work: () => work(...given) })
    // A wait past 2^31 ms would be none at all, here as everywhere.
    real.setTimeout(() => run(id), delay)
    return id
  }
  globalThis.clearTimeout = (id) => {
    if (!waiting.delete(id)) real.clearTimeout(id)
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
        await new Promise((resolve) => real.setTimeout(resolve, 0))
      }
      ahead += Math.max(0, end - now())
    },
  }
})()`
