// A secret that is made once and kept beside the data; in production it comes from the environment (`hallpass secret` prints one).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateSecret } from '@hallpass/server'

export function keptSecret(directory: string): string {
  const given = process.env['HALLPASS_SECRET']
  if (given) return given
  const file = join(directory, 'secret')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(file, generateSecret(), { mode: 0o600, flag: 'wx' })
  } catch {
    // It is there already.
  }
  return readFileSync(file, 'utf8')
}
