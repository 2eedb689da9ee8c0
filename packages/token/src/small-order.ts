// Ed25519 public keys of small order: under one of them a signature that cost no work is genuine for many messages, so it proves
// nothing. RFC 8032 leaves them to the verifier. Measured: OpenSSL 3.0 (Node 20) accepts one forged signature for every message under
// the first two of these keys and for more than half of them under the others; OpenSSL 3.5 (Node 24) refuses. We never import them.

/** The y coordinates of the eight points of small order, little-endian, with their two spellings above p; the sign bit is off. */
const SMALL_ORDER: readonly string[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

/** Tells whether 32 bytes spell a point of small order on edwards25519. */
export function isSmallOrder(x: Uint8Array): boolean {
  let hex = ''
  for (const [at, byte] of x.entries()) hex += (at === 31 ? byte & 0x7f : byte).toString(16).padStart(2, '0')
  return SMALL_ORDER.includes(hex)
}
