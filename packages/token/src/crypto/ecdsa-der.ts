// ECDSA signatures in their two spellings: r and s side by side, as JWS has them (RFC 7518 §3.4), and the DER that OpenSSL speaks
// (RFC 3279 §2.2.3). Converting by hand lets the bare KeyObject be passed to node:crypto, which on Node 24 takes 0.6 of the time.

/**
 * Converts r‖s to DER: SEQUENCE { INTEGER r, INTEGER s }, each in its shortest form.
 *
 * @param raw exactly two coordinates; their range is checked by the verification itself
 */
export function toDer(raw: Uint8Array): Buffer {
  const half = raw.length / 2
  const rStart = firstByte(raw, 0, half)
  const sStart = firstByte(raw, half, raw.length)
  const rLength = half - rStart + highBit(raw, rStart)
  const sLength = raw.length - sStart + highBit(raw, sStart)
  const content = rLength + sLength + 4
  // Lengths from 128 on take a second byte; P-521 reaches 138, so there is never a third.
  const long = content > 127 ? 1 : 0
  // From Buffer's pool, and every byte of it is written below: memory of its own for 72 bytes costs more than the rest of this.
  const der = Buffer.allocUnsafe(content + 2 + long)
  let at = 0
  der[at++] = 0x30
  if (long) der[at++] = 0x81
  der[at++] = content
  at = writeInteger(der, at, raw, rStart, half, rLength)
  writeInteger(der, at, raw, sStart, raw.length, sLength)
  return der
}

/** Index of the first byte that is not zero, or of the last byte: zero itself has one byte. */
function firstByte(raw: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end - 1 && raw[at] === 0) at++
  return at
}

/** 1 when an integer starting here needs a zero in front so as not to be negative. */
function highBit(raw: Uint8Array, at: number): number {
  return (raw[at] ?? 0) >> 7
}

function writeInteger(der: Buffer, at: number, raw: Uint8Array, start: number, end: number, length: number): number {
  der[at++] = 0x02
  der[at++] = length
  if (highBit(raw, start)) der[at++] = 0
  for (let from = start; from < end; from++) der[at++] = raw[from] ?? 0
  return at
}

/**
 * Converts what OpenSSL signed from DER to r‖s.
 *
 * @param der from our own signing, so it is well-formed
 * @param bytes of a coordinate
 */
export function fromDer(der: Uint8Array, bytes: number): Buffer {
  const raw = Buffer.alloc(2 * bytes)
  let at = der[1] === 0x81 ? 3 : 2
  for (const end of [bytes, 2 * bytes]) {
    const length = der[at + 1] ?? 0
    let from = at + 2
    at = from + length
    // A zero in front only keeps the integer positive.
    if (at - from > bytes) from = at - bytes
    raw.set(der.subarray(from, at), end - (at - from))
  }
  return raw
}
