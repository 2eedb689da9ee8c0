// What no committed file may hold: a path of somebody's machine, a secret, a token somebody could try.
import type { RepositoryFile } from './repository-files.ts'

/** Tests of what is kept out of logs write one down. */
const PASSWORD = 'a database password'
const FOREIGN: readonly (readonly [RegExp, string])[] = [
  // Written with classes, so that this file does not find itself.
  [/(^|[\s"'`(=:])[/](work|root|tmp|home|Users)[/][\w.-]+/, 'a path of one machine'],
  [/\bhps1_[\w-]{43}/, 'a HALLPASS_SECRET'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY[-]----/, 'a private key'],
  [/\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bghp_\w{36}\b|\bsk_live_\w{16,}\b|\bnpm_\w{36}\b/, 'a credential'],
  [/\bpostgres(ql)?:\/\/[^\s:/@]+:(?!password@|secret@|canary@)[^\s@/$]+@(?!localhost|127\.0\.0\.1|db[:/])/, PASSWORD],
]

/** Vectors of standards are full of keys: they are public, and these folders hold nothing else. */
const VECTORS = /(^|\/)vectors\//
const TOKEN = /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/

/** Sentences about what should not have been committed. */
export function foreignText({ path, text }: RepositoryFile): readonly string[] {
  if (VECTORS.test(path)) return []
  const tested = /\.test\.tsx?$/.test(path)
  const found = text
    .split('\n')
    .flatMap((line, index) =>
      FOREIGN.filter(([pattern, what]) => pattern.test(line) && !(tested && what === PASSWORD)).map(
        ([, what]) => `${path}:${index + 1} holds ${what}`,
      ),
    )
  // Tests write down tokens of the RFCs and broken ones; what people read and copy from must not.
  const copied = !tested && TOKEN.test(text) ? [`${path} holds a whole token`] : []
  return [...found, ...copied]
}
