// How soon a sign-out is felt, by asking every service again and again with the pass that must die. What counts is the last request that was
// sent and let in, from the moment the sign-out was acknowledged.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ask } from './asker.ts'
import type { SignedOut } from './simulated-client.ts'

/** Milliseconds, like performance.now(). */
export interface Disturbance {
  readonly what: 'cut' | 'away'
  readonly from: number
  /** Infinity while it lasts. */
  to: number
}

export interface Felt {
  readonly service: number
  readonly signedOut: SignedOut
  /**
   * From the acknowledgement to the sending of the last request that was let in, less the time that request took: a machine that stood still
   * is not the feed's fault. Milliseconds; 0 when none was let in.
   */
  readonly letIn: number
  /** From the acknowledgement to the first refusal, milliseconds; undefined when it did not come. */
  readonly refused: number | undefined
}

/** Asks one service until it refuses, at most for `patience` milliseconds. */
export async function watch(
  ask: Ask,
  service: { readonly port: number; readonly index: number },
  signedOut: SignedOut,
  patience: number,
): Promise<Felt> {
  const { token, acknowledgedAt } = signedOut
  const found = { service: service.index, signedOut }
  let letIn = 0
  for (;;) {
    const sentAt = performance.now()
    const answer = await ask(service.port, 'GET', '/', { authorization: `Bearer ${token}` })
    const answeredAt = performance.now()
    if (answer?.status === 200) letIn = Math.max(letIn, sentAt - acknowledgedAt - (answeredAt - sentAt))
    else if (answer !== undefined) return { ...found, letIn, refused: answeredAt - acknowledgedAt }
    if (answeredAt - acknowledgedAt > patience) return { ...found, letIn, refused: undefined }
    // Often at first, when it matters; seldom while the feed is cut and it takes as long as it takes: a hundred who ask must not be the load.
    await sleep(answeredAt - acknowledgedAt < 3_000 ? 25 : 500)
  }
}

/** Whether a time from `from` to `to` touches a disturbance. */
export function disturbed(disturbances: readonly Disturbance[], what: Disturbance['what'], from: number, to: number) {
  return disturbances.some((one) => one.what === what && one.from <= to && one.to >= from)
}

/** The middle and the end of what was measured, rounded. */
export function spread(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN)
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}
