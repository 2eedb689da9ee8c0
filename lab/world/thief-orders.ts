// What the runner may tell the attacker's process to do, and what it hears back: answers of the server, never the loot itself.
import type { Certificates } from './certificates.ts'

export interface Start {
  readonly certificates: Certificates
  /** Where `app.test` listens. */
  readonly port: number
}

export interface Published {
  /** A whole address without a query: `https://evil.test/page`. */
  readonly address: string
  /** `«jar:name»` stands for a cookie of the attacker's own. */
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Ask {
  readonly method?: string
  readonly path: string
  /** `«token»` stands for the loot of that kind. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Sends a proof of a key along: one of the attacker's, or the one under `key` in the loot, where there is one. */
  readonly prove?: 'own' | 'stolen'
}

export interface Answer {
  readonly status: number
  /** Without any access token: that stays where it was stolen. */
  readonly body: string
}

export interface Report {
  /** Whether the injected script came to its end. */
  readonly ran: boolean
  /** What kinds of loot there are. */
  readonly kinds: readonly string[]
  /** What the script failed with, if it did. */
  readonly error?: string
}

export interface Orders {
  /** Answers the port of the attacker's sites. */
  start(input: Start): Promise<number>
  forget(): void
  publish(page: Published): void
  /** Waits for the injected script to report. */
  report(milliseconds: number): Promise<Report>
  /** Puts a copy of something into the attacker's hands. */
  copy(input: { readonly kind: string; readonly value: string }): void
  /** Puts loot into the attacker's own cookie jar. */
  cookie(input: { readonly name: string; readonly kind: string }): void
  /** Reads a browser's cookie file as malware does; answers the names found. */
  cookieFile(input: { readonly file: string; readonly host: string }): readonly string[]
  /** Looks for a token in the files of Web Storage and IndexedDB of that profile; answers whether there was one. */
  storage(profile: string): boolean
  ask(input: Ask): Promise<Answer>
}
