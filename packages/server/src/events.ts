// What the server tells whoever listens (the log, the metrics): ids and closed words, never a token, a password or an e-mail.
import type { CheckResult } from '@hallpass/guard'
import type { ProblemCode } from './http/problem.ts'
import type { Outcome } from './session/rotation.ts'
import type { EndReason } from './store/store.ts'

export type HallpassEvent =
  | {
      readonly event: 'session_started'
      readonly sessionId: string
      readonly subject: string
      readonly amr: readonly string[]
    }
  | {
      readonly event: 'session_ended'
      readonly sessionId: string
      readonly subject: string
      readonly reason: EndReason
    }
  /** Every refresh that presented a token of ours, with its row of the rotation table; `unproven`: without the key of its session. */
  | { readonly event: 'refresh'; readonly outcome: Outcome | 'unproven'; readonly sessionId: string }
  /** An access token was checked in this process: every result of it, and for every request, so it is for counting. */
  | { readonly event: 'checked'; readonly result: CheckResult }
  /** A request was refused: which rule, on which path. */
  | { readonly event: 'refused'; readonly code: ProblemCode; readonly method: string; readonly path: string }
  /** A bug, a failing hook or a database that is away; `error` is for the log and never for the client. */
  | { readonly event: 'failed'; readonly error: unknown }

export type OnEvent = (event: HallpassEvent) => void
