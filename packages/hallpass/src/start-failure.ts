// Why the program cannot start, when it is no bug: options that make no sense, a directory that cannot be written, a database that
// does not answer. Each is told in one sentence; anything else keeps its stack.
import type { Config } from './config.ts'
import { withoutSecrets } from './log.ts'
import { Mistake } from './mistake.ts'

/** The sentence for a failure to start, or the error itself when there is none. */
export function asMistake(error: unknown, config: Pick<Config, 'dataDirectory' | 'database' | 'embedded'>): unknown {
  // How the server says that an option is wrong: a sentence that names the fix.
  if (error instanceof TypeError) return new Mistake(withoutSecrets(error.message))
  if (!(error instanceof Error)) return error
  if (error.name === 'StoreUnavailable')
    return new Mistake(withoutSecrets(`the database ${describeDatabase(config)} cannot be used: ${error.message}`), 1)
  if ('syscall' in error && 'path' in error && 'code' in error)
    return new Mistake(
      `${String(error.path)} cannot be used (${String(error.code)}): the data directory must be one this user may write in; ` +
        'choose another with --data',
      1,
    )
  return error
}

/** Never the password of an address. */
export function describeDatabase({ database, embedded }: Pick<Config, 'database' | 'embedded'>): string {
  if (embedded) return database
  const { protocol, host, pathname } = new URL(database)
  return `${protocol}//${host}${pathname}`
}
