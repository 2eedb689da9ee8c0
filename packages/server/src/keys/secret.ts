// HALLPASS_SECRET: 32 random bytes in a format of our own, and the keys that are derived from it, each under its own label.
import { createHash, hkdfSync, randomBytes } from 'node:crypto'
import type { Store } from '../store/store.ts'

const PREFIX = 'hps1_'
const BYTES = 32

export interface Secret {
  /** Names the secret without telling it: the `kid` of refresh tokens, and what the store lists. */
  readonly fingerprint: string
  /** 32 bytes for one purpose; another label gives unrelated bytes (HKDF-SHA-256, RFC 5869). */
  derive(label: string): Uint8Array
}

/** Makes a new secret: `hps1_` and 32 random bytes in base64url, with a check sum so that a cut-off copy is noticed. */
export function generateSecret(random: (size: number) => Uint8Array = randomBytes): string {
  return format(random(BYTES))
}

/**
 * Reads a secret in the format that `generateSecret` makes.
 *
 * @throws TypeError for anything else; the sentence names the command that makes one and never holds the value
 */
export function parseSecret(text: string): Secret {
  const bytes = Buffer.from(text.slice(PREFIX.length, PREFIX.length + 43), 'base64url')
  if (bytes.length !== BYTES || format(bytes) !== text) {
    throw new TypeError(
      'the secret is not one that `hallpass secret` made: run it and use what it prints, whole, as HALLPASS_SECRET',
    )
  }
  const derive = (label: string) => new Uint8Array(hkdfSync('sha256', bytes, 'hallpass', label, 32))
  return { fingerprint: Buffer.from(derive('fingerprint')).subarray(0, 12).toString('base64url'), derive }
}

function format(bytes: Uint8Array): string {
  const body = Buffer.from(bytes).toString('base64url')
  const check = createHash('sha256').update(PREFIX).update(body).digest().subarray(0, 3).toString('base64url')
  return `${PREFIX}${body}${check}`
}

/** Lists the loaded secrets in the store, so that a token under one of them is known for ours by every node. */
export async function noteSecrets(store: Pick<Store, 'noteSecret' | 'now'>, secrets: readonly Secret[]): Promise<void> {
  const at = await store.now()
  for (const { fingerprint } of secrets) await store.noteSecret(fingerprint, at)
}
