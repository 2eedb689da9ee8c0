// Waits for what comes about by itself: no test asserts how long it took.
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when the condition holds; rejects when it does not within `within` milliseconds, which is patience and no claim. */
export async function waitFor(condition: () => boolean | Promise<boolean>, within = 30_000): Promise<void> {
  const end = performance.now() + within
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${condition.toString()}`)
    await sleep(10)
  }
}
