// What a migration is.
import type { Engine } from '../schema.ts'

export interface Migration {
  /** 1, 2, 3 …: its place, and the version of the schema after it. */
  readonly version: number
  readonly name: string
  /** Statements in order, in the engine's own SQL. */
  readonly statements: (engine: Engine) => readonly string[]
}
