// What a migration is. Databases change by expanding first and contracting later: a column is added in one release, the programs stop
// using the old one in the same or the next, and only after that is it taken away. So two adjacent versions run side by side.
import type { Engine } from '../schema.ts'

export interface Migration {
  /** 1, 2, 3 …: its place, and the version of the schema after it. */
  readonly version: number
  readonly name: string
  /**
   * The oldest program that goes on working once this has run, named by the last migration it knows. 1 for one that expands: tables,
   * indexes, and columns that a program which does not know them need not fill. One that contracts names the migration with which
   * programs stopped using what it takes away; that one came in an earlier release, so it is always below `version`.
   */
  readonly needs: number
  /** Statements in order, in the engine's own SQL. */
  readonly statements: (engine: Engine) => readonly string[]
}
