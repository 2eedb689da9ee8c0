// Who takes part: each makes the same tokens and checks the same things (signature, exp, iss, aud), the way its documentation shows.
import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  sign as signBytes,
  timingSafeEqual,
  verify as verifyBytes,
  type JsonWebKey,
} from 'node:crypto'
import fastifyJwt from '@fastify/jwt'
import { createSigner as createFastSigner, createVerifier as createFastVerifier } from 'fast-jwt'
import Fastify from 'fastify'
import { sign as honoSign, verify as honoVerify } from 'hono/jwt'
import { importJWK, jwtVerify, SignJWT, type JWK } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { createSigner, createVerifier, exportJwk, generateKeyPair, importSecret, type Algorithm } from '@hallpass/token'

export type Claims = Readonly<Record<string, unknown>>

export interface Contender {
  readonly name: string
  readonly verify?: (token: string, index: number) => unknown
  /** The same with its cache, for tokens seen before. */
  readonly verifyAgain?: (token: string, index: number) => unknown
  readonly sign?: (claims: Claims, index: number) => unknown
}

export const ISSUER = 'https://auth.example.com'
export const AUDIENCE = 'https://api.example.com'
const TYPE = 'at+jwt'

/** Everybody who speaks an algorithm, over one new key; `raw` first: it is node:crypto alone, over bytes that are ready. */
export async function contenders(
  algorithm: Algorithm,
  all: readonly Claims[],
): Promise<{ tokens: string[]; list: Contender[] }> {
  const isHmac = algorithm.startsWith('HS')
  const secret = crypto.getRandomValues(new Uint8Array(32))
  const pair = isHmac ? undefined : await generateKeyPair(algorithm, { extractable: true })
  const privateJwk = pair && (await exportJwk(pair.privateKey))
  const ours = pair?.privateKey ?? (await importSecret(secret, algorithm, { kid: 'key-1' }))
  const signer = createSigner(ours, { type: TYPE })
  const tokens = await Promise.all(all.map(async (claims) => signer(claims)))

  const privateKey = privateJwk && createPrivateKey({ key: privateJwk, format: 'jwk' })
  const publicKey = privateKey && createPublicKey(privateKey)
  const privatePem = privateKey?.export({ type: 'pkcs8', format: 'pem' }).toString()
  const publicPem = publicKey?.export({ type: 'spki', format: 'pem' }).toString()
  const verifierKey = pair?.publicKey ?? ours

  const demands = { algorithms: [algorithm], type: TYPE, issuer: ISSUER, audience: AUDIENCE }
  const list: Contender[] = [
    raw(algorithm, secret, privateKey, publicKey, tokens),
    {
      name: 'hallpass',
      verify: createVerifier(verifierKey, demands),
      verifyAgain: withRevocations(createVerifier(verifierKey, { ...demands, cache: {} })),
      sign: createSigner(ours, { type: TYPE }),
    },
  ]

  const joseVerifyKey = isHmac ? secret : await importJWK(publicOnly(privateJwk ?? {}), algorithm)
  const joseSignKey = isHmac ? secret : await importJWK(privateJwk as JWK, algorithm)
  const joseOptions = { algorithms: [algorithm], typ: TYPE, issuer: ISSUER, audience: AUDIENCE }
  list.push({
    name: 'jose',
    verify: (token) => jwtVerify(token, joseVerifyKey, joseOptions),
    sign: (claims) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg: algorithm, typ: TYPE, kid: 'key-1' }).sign(joseSignKey),
  })

  // jsonwebtoken 9 knows no EdDSA.
  if (algorithm !== 'EdDSA') {
    const options = { algorithms: [algorithm as jsonwebtoken.Algorithm], issuer: ISSUER, audience: AUDIENCE }
    const signOptions = { algorithm: algorithm as jsonwebtoken.Algorithm, noTimestamp: true, keyid: 'key-1' }
    const documented = isHmac ? Buffer.from(secret).toString('base64') : (publicPem ?? '')
    const documentedSign = isHmac ? documented : (privatePem ?? '')
    const again = isHmac ? all.map((claims) => jsonwebtoken.sign({ ...claims }, documented, signOptions)) : tokens
    list.push({
      name: 'jsonwebtoken, as documented',
      verify: (_, index) => jsonwebtoken.verify(again[index] ?? '', documented, options),
      sign: (claims) => jsonwebtoken.sign({ ...claims }, documentedSign, signOptions),
    })
    const keyObject = publicKey ?? createSecretKey(secret)
    const signObject = privateKey ?? createSecretKey(secret)
    list.push({
      name: 'jsonwebtoken, KeyObject',
      verify: (token) => jsonwebtoken.verify(token, keyObject, options),
      sign: (claims) => jsonwebtoken.sign({ ...claims }, signObject, signOptions),
    })
  }

  const fastKey = isHmac ? Buffer.from(secret) : (publicPem ?? '')
  const fastSignKey = isHmac ? Buffer.from(secret) : (privatePem ?? '')
  const fastOptions = { key: fastKey, algorithms: [algorithm], allowedIss: ISSUER, allowedAud: AUDIENCE }
  list.push({
    name: 'fast-jwt',
    verify: createFastVerifier(fastOptions),
    verifyAgain: withRevocationsOf(createFastVerifier({ ...fastOptions, cache: 2048 })),
    sign: createFastSigner({ key: fastSignKey, algorithm, noTimestamp: true, kid: 'key-1' }),
  })

  const app = Fastify()
  await app.register(fastifyJwt, {
    secret: isHmac ? Buffer.from(secret) : { private: privatePem ?? '', public: publicPem ?? '' },
    sign: { algorithm, noTimestamp: true, kid: 'key-1' },
    verify: { algorithms: [algorithm], allowedIss: ISSUER, allowedAud: AUDIENCE },
  })
  await app.ready()
  list.push({
    name: '@fastify/jwt',
    verify: (token) => app.jwt.verify(token),
    sign: (claims) => app.jwt.sign({ ...claims }),
  })

  // Its keys are a string for HMAC, and a JWK, PEM or CryptoKey otherwise; CryptoKeys are the fastest it takes.
  const subtleVerify = isHmac ? undefined : await importCryptoKey(publicOnly(privateJwk ?? {}), algorithm, 'verify')
  const subtleSign = isHmac ? undefined : await importCryptoKey({ ...privateJwk }, algorithm, 'sign')
  const text = Buffer.from(secret).toString('base64')
  const honoAlgorithm = algorithm as 'ES256'
  // It takes no token of another type than JWT, so it has tokens of its own with the same claims.
  const honoKey = subtleSign ?? text
  const honoTokens = await Promise.all(all.map((claims) => honoSign({ ...claims }, honoKey, honoAlgorithm)))
  list.push({
    name: 'hono/jwt',
    verify: (_, index) =>
      honoVerify(honoTokens[index] ?? '', subtleVerify ?? text, { alg: honoAlgorithm, iss: ISSUER, aud: AUDIENCE }),
    sign: (claims) => honoSign({ ...claims }, honoKey, honoAlgorithm),
  })
  return { tokens, list }
}

// As a service has it: a thousand sessions that ended, looked at for each token.
const revoked = new Set<string>(Array.from({ length: 1000 }, () => crypto.randomUUID()))

function withRevocations(verify: (token: string) => unknown): (token: string) => unknown {
  return (token) => {
    const verified = verify(token) as { claims: { sid: string } }
    if (revoked.has(verified.claims.sid)) throw new Error('revoked')
    return verified
  }
}

function withRevocationsOf(verify: (token: string) => unknown): (token: string) => unknown {
  return (token) => {
    const claims = verify(token) as { sid: string }
    if (revoked.has(claims.sid)) throw new Error('revoked')
    return claims
  }
}

function raw(
  algorithm: Algorithm,
  secret: Uint8Array,
  privateKey: ReturnType<typeof createPrivateKey> | undefined,
  publicKey: ReturnType<typeof createPublicKey> | undefined,
  tokens: readonly string[],
): Contender {
  const inputs = tokens.map((token) => Buffer.from(token.slice(0, token.lastIndexOf('.'))))
  if (privateKey === undefined || publicKey === undefined) {
    const key = createSecretKey(secret)
    const mac = (index: number): Buffer =>
      createHmac('sha256', key)
        .update(inputs[index] ?? '')
        .digest()
    const macs = inputs.map((_, index) => mac(index))
    return {
      name: 'raw node:crypto',
      verify: (_, index) => timingSafeEqual(mac(index), macs[index] ?? Buffer.of()),
      sign: (_, index) => mac(index),
    }
  }
  const hash = algorithm === 'EdDSA' ? null : 'sha256'
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const isPss = algorithm === 'PS256'
  const [own, other] = isPss
    ? [
        { key: privateKey, ...pss },
        { key: publicKey, ...pss },
      ]
    : [privateKey, publicKey]
  // For ECDSA in DER with the bare KeyObject, which is the fastest that node:crypto does.
  const signatures = inputs.map((input) => signBytes(hash, input, own))
  return {
    name: 'raw node:crypto',
    verify: (_, index) => verifyBytes(hash, inputs[index] ?? Buffer.of(), other, signatures[index] ?? Buffer.of()),
    sign: (_, index) => signBytes(hash, inputs[index] ?? Buffer.of(), own),
  }
}

function publicOnly(jwk: JsonWebKey): Record<string, unknown> {
  const { d: _, p: __, q: ___, dp: ____, dq: _____, qi: ______, ...members } = jwk
  return members
}

async function importCryptoKey(jwk: object, algorithm: Algorithm, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  const params = {
    ES256: { name: 'ECDSA', namedCurve: 'P-256' },
    EdDSA: { name: 'Ed25519' },
    RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  }[algorithm as 'ES256']
  const { alg: _, use: __, ...members } = jwk as Record<string, unknown>
  return crypto.subtle.importKey('jwk', members as never, params, false, [usage])
}
