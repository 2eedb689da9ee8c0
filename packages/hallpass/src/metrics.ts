// What the program counts, for Prometheus. Names and closed words only: no id of a person or a session is ever a label.
import type { Hallpass, HallpassEvent, Outcome } from '@hallpass/server'
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'

export interface Metrics {
  hear(event: HallpassEvent): void
  /** What is measured when somebody looks, of a server that runs. */
  watch(auth: Pick<Hallpass, 'health' | 'keys'>, now: () => number): void
  /** The text format, and its media type. */
  text(): Promise<{ readonly body: string; readonly contentType: string }>
}

/** Every row of the rotation table, counted from zero, so that the first one is a step and not a beginning. */
const OUTCOMES = {
  repeated: 0,
  rotated: 0,
  replayed: 0,
  late: 0,
  stale: 0,
  recovered: 0,
  reused: 0,
  healed: 0,
  ended: 0,
} as const satisfies Record<Outcome, 0>

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `hallpass_${name}`, help, labelNames, registers })

  const refreshes = counter('refreshes_total', 'Refreshes, by outcome of the rotation', 'outcome')
  const started = counter('sessions_started_total', 'Sign-ins')
  const ended = counter('sessions_ended_total', 'Sessions that ended other than by the clock, by reason', 'reason')
  const checks = counter('checks_total', 'Access tokens checked in this process, by result', 'result')
  const refused = counter('refused_total', 'Requests that were refused, by code (throttled among them)', 'code')
  for (const outcome of Object.keys(OUTCOMES)) refreshes.inc({ outcome }, 0)
  const failures = counter('failures_total', 'Requests and chores that failed for a reason of ours')

  return {
    hear(event) {
      switch (event.event) {
        case 'refresh':
          return refreshes.inc({ outcome: event.outcome })
        case 'session_started':
          return started.inc()
        case 'session_ended':
          return ended.inc({ reason: event.reason })
        case 'checked':
          return checks.inc({ result: event.result })
        case 'refused':
          return refused.inc({ code: event.code })
        case 'failed':
          return failures.inc()
      }
    },

    watch(auth, now) {
      const gauge = <Label extends string>(
        name: string,
        help: string,
        collect: (gauge: Gauge<Label>) => void | Promise<void>,
        ...labelNames: Label[]
      ) =>
        new Gauge({
          name: `hallpass_${name}`,
          help,
          labelNames,
          registers,
          collect: async function () {
            await collect(this)
          },
        })
      gauge('revocations', 'Ended sessions whose access tokens may still live', (it) =>
        it.set(auth.health().revocations.count),
      )
      gauge('revocations_age_seconds', 'How long ago the list of ended sessions was certain', (it) =>
        it.set(auth.health().revocations.age / 1000),
      )
      gauge('feed_streams', 'Services that hold the stream of sign-outs', (it) =>
        it.set(auth.health().revocations.streams),
      )
      gauge(
        'password_hashing',
        'Passwords being hashed, and waiting for it',
        (it) => {
          const { running, waiting } = auth.health().hashing
          it.set({ state: 'running' }, running)
          it.set({ state: 'waiting' }, waiting)
        },
        'state',
      )
      gauge(
        'signing_key_age_seconds',
        'How long each key may have signed; below zero while it waits',
        async (it) => {
          it.reset()
          for (const { kid, state, signsFrom } of await auth.keys.list())
            it.set({ kid, state }, (now() - signsFrom) / 1000)
        },
        'kid',
        'state',
      )
    },

    text: async () => ({ body: await registry.metrics(), contentType: registry.contentType }),
  }
}
