// The table of signature algorithms (RFC 7518 §3.1, RFC 8037 §3.1): the only place that knows them. Adding one is adding a row.

/** The signature algorithms, by their names in the `alg` header. */
export type Algorithm =
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'HS256'
  | 'HS384'
  | 'HS512'

/** The digests, as Web Crypto spells them. */
export type Hash = 'SHA-256' | 'SHA-384' | 'SHA-512'

export interface EcdsaRow {
  readonly scheme: 'ecdsa'
  readonly kty: 'EC'
  readonly curve: 'P-256' | 'P-384' | 'P-521'
  readonly hash: Hash
  /** Length of a coordinate, of the private value, and of each half of a signature (RFC 7518 §3.4, §6.2). */
  readonly bytes: number
}

export interface EddsaRow {
  readonly scheme: 'eddsa'
  readonly kty: 'OKP'
  readonly curve: 'Ed25519'
  /** Length of the public and of the private key (RFC 8032 §5.1.5); a signature is twice that. */
  readonly bytes: number
}

export interface RsaRow {
  readonly scheme: 'rsa-pkcs1' | 'rsa-pss'
  readonly kty: 'RSA'
  readonly hash: Hash
  /** Length of the digest, and for PSS of the salt (RFC 7518 §3.5). */
  readonly bytes: number
}

export interface HmacRow {
  readonly scheme: 'hmac'
  readonly kty: 'oct'
  readonly hash: Hash
  /** Length of the output, and the least length of a key (RFC 7518 §3.2). */
  readonly bytes: number
  /** Length of the input block of the hash (RFC 2104 §2). */
  readonly block: number
}

/** What an algorithm is made of. */
export type AlgorithmRow = EcdsaRow | EddsaRow | RsaRow | HmacRow

const table: Readonly<Record<Algorithm, AlgorithmRow>> = {
  ES256: { scheme: 'ecdsa', kty: 'EC', curve: 'P-256', hash: 'SHA-256', bytes: 32 },
  ES384: { scheme: 'ecdsa', kty: 'EC', curve: 'P-384', hash: 'SHA-384', bytes: 48 },
  ES512: { scheme: 'ecdsa', kty: 'EC', curve: 'P-521', hash: 'SHA-512', bytes: 66 },
  EdDSA: { scheme: 'eddsa', kty: 'OKP', curve: 'Ed25519', bytes: 32 },
  RS256: { scheme: 'rsa-pkcs1', kty: 'RSA', hash: 'SHA-256', bytes: 32 },
  RS384: { scheme: 'rsa-pkcs1', kty: 'RSA', hash: 'SHA-384', bytes: 48 },
  RS512: { scheme: 'rsa-pkcs1', kty: 'RSA', hash: 'SHA-512', bytes: 64 },
  PS256: { scheme: 'rsa-pss', kty: 'RSA', hash: 'SHA-256', bytes: 32 },
  PS384: { scheme: 'rsa-pss', kty: 'RSA', hash: 'SHA-384', bytes: 48 },
  PS512: { scheme: 'rsa-pss', kty: 'RSA', hash: 'SHA-512', bytes: 64 },
  HS256: { scheme: 'hmac', kty: 'oct', hash: 'SHA-256', bytes: 32, block: 64 },
  HS384: { scheme: 'hmac', kty: 'oct', hash: 'SHA-384', bytes: 48, block: 128 },
  HS512: { scheme: 'hmac', kty: 'oct', hash: 'SHA-512', bytes: 64, block: 128 },
}

/** Every algorithm there is, in the order of the table. */
export const ALGORITHMS: readonly Algorithm[] = /* @__PURE__ */ Object.freeze(
  /* @__PURE__ */ Object.keys(table),
) as readonly Algorithm[]

/** Tells whether a value names an algorithm of the table, exactly as it is spelt there. */
export function isAlgorithm(value: unknown): value is Algorithm {
  return typeof value === 'string' && Object.hasOwn(table, value)
}

/**
 * Answers an algorithm's row.
 *
 * @throws TypeError when it is none of ours: the developer wrote it, a token's `alg` never comes here
 */
export function algorithmRow(algorithm: Algorithm): AlgorithmRow {
  if (!isAlgorithm(algorithm)) {
    throw new TypeError(`${JSON.stringify(algorithm)} is not an algorithm: use one of ${ALGORITHMS.join(', ')}`)
  }
  return table[algorithm]
}

/**
 * Reads a verifier's list of allowed algorithms: it must be stated, there is no default (RFC 8725 §3.1).
 *
 * @throws TypeError when it is missing, empty or names something unknown
 */
export function readAlgorithms(value: readonly Algorithm[]): readonly Algorithm[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new TypeError("state the algorithms you accept, for example algorithms: ['ES256']")
  }
  const algorithms = [...value]
  for (const algorithm of algorithms) algorithmRow(algorithm)
  return Object.freeze(algorithms)
}
