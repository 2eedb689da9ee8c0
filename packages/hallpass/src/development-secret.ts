// In development nobody should have to make a secret first: one is made once, beside the embedded database it belongs to.
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { generateSecret } from '@hallpass/server'

export interface DevelopmentSecret {
  readonly secret: string
  readonly path: string
  /** True when it was made just now. */
  readonly made: boolean
}

/**
 * The secret of a data directory, made when it is not there yet; only the owner of the file can read it (mode 0600).
 *
 * @param directory the data directory, made when it does not exist
 */
export function developmentSecret(directory: string): DevelopmentSecret {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'secret')
  const kept = read(path)
  if (kept !== undefined) return { secret: kept, path, made: false }

  // Written aside and linked into place: two programs that start at once both see one whole secret, never half of one.
  const aside = `${path}.${process.pid}`
  const file = openSync(aside, 'wx', 0o600)
  try {
    writeSync(file, `${generateSecret()}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  const made = linked(aside, path)
  rmSync(aside)
  const secret = read(path)
  if (secret === undefined) throw new Error(`the secret in ${path} was taken away while it was being made`)
  return { secret, path, made }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
