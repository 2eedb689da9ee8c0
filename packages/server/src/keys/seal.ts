// Sealing: what the store keeps of a private key can be opened only with a loaded secret (AES-256-GCM, its own label).
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Secret } from './secret.ts'

const LABEL = 'seal-signing-key'

/**
 * Seals a text under the first secret. `context` (the key's id) is authenticated with it, so that a sealed key cannot be
 * moved to another row.
 */
export function seal(text: string, secret: Secret, context: string): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', secret.derive(LABEL), iv).setAAD(Buffer.from(context, 'utf8'))
  const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${secret.fingerprint}.${sealed.toString('base64url')}`
}

/** Opens what `seal` made; undefined when the secret it was sealed under is not loaded, or when it was tampered with. */
export function open(sealed: string, secrets: readonly Secret[], context: string): string | undefined {
  const [fingerprint = '', body = ''] = sealed.split('.')
  const secret = secrets.find((candidate) => candidate.fingerprint === fingerprint)
  if (secret === undefined) return undefined
  const bytes = Buffer.from(body, 'base64url')
  if (bytes.length < 12 + 16) return undefined
  const decipher = createDecipheriv('aes-256-gcm', secret.derive(LABEL), bytes.subarray(0, 12))
    .setAAD(Buffer.from(context, 'utf8'))
    .setAuthTag(bytes.subarray(-16))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** The fingerprint of the secret that something was sealed under. */
export function sealedUnder(sealed: string): string {
  return sealed.split('.', 1)[0] ?? ''
}
