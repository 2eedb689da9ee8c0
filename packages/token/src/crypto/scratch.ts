// A buffer that is used again and again, for bytes that one call of node:crypto reads and nobody keeps: memory of its own for each token
// costs more than what is done with it. Nothing between writing and reading gives up the thread.
import { Buffer } from 'node:buffer'

/** Longer texts get a buffer of their own. */
const SIZE = 8192

/**
 * Makes a scratch buffer; the memory is taken when it is first used.
 *
 * @returns writes an ASCII text, as it is (`latin1`) or decoded, and answers its bytes: valid until the next call
 */
export function createScratch(): (text: string, encoding: 'latin1' | 'base64url') => Buffer {
  let whole: Buffer | undefined
  let written: Buffer | undefined
  return (text, encoding) => {
    if (text.length > SIZE) return Buffer.from(text, encoding)
    whole ??= Buffer.allocUnsafeSlow(SIZE)
    const length = whole.write(text, encoding)
    // Most tokens of an issuer are as long as the one before.
    if (written?.length !== length) written = whole.subarray(0, length)
    return written
  }
}
