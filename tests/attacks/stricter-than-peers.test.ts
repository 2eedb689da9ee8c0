// What is refused here and accepted elsewhere: the table of docs/token.md, row by row, against the libraries themselves. Each is used as
// its documentation shows, and told what ours must be told: algorithm, issuer, audience, and the type where it can be.
import { createHash, createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { createVerifier as createFastVerifier, type Algorithm as FastAlgorithm } from 'fast-jwt'
import { createLocalJWKSet, importJWK, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { expect, test } from 'vitest'
import { createVerifier, importJwk, importJwks, TokenError, type Algorithm } from '@hallpass/token'
import { AUDIENCE, createForger, encode, goodClaims, ISSUER, NOW, stamper, type Part } from '../support/forge-token.ts'
import { repositoryText } from '../support/repository-text.ts'
import { REASONS, stricterReason } from '../support/stricter-than-jose.ts'

/** One attempt: a token, and the key it is to be checked with. */
interface Attempt {
  readonly token: string
  readonly jwk: JsonWebKey
  readonly algorithm: Algorithm
}

type Verdict = 'accepted' | 'refused' | '–'

const es = createForger('ES256')
const hs = createForger('HS256')
const rs = createForger('RS256')
const claimsWith = (json: string): string => JSON.stringify(goodClaims).replace(/}$/, `,${json}}`)

/** A token of these parts under a good key. */
const of = (header: Part, payload: Part): Attempt => ({
  token: es.forge(header, payload),
  jwk: es.publicJwk,
  algorithm: 'ES256',
})
const withClaims = (changed: object): Attempt => of(es.header, { ...goodClaims, ...changed })
const withHeader = (changed: object): Attempt => of({ ...es.header, ...changed }, goodClaims)

/** Good claims under another key, signed by whoever holds it. */
function underKey(algorithm: Algorithm, jwk: JsonWebKey, privateJwk: JsonWebKey = jwk): Attempt {
  const input = `${encode({ alg: algorithm, typ: 'at+jwt', kid: 'key-1' })}.${encode(goodClaims)}`
  return { token: `${input}.${stamper(algorithm, privateJwk)(input).toString('base64url')}`, jwk, algorithm }
}

/** A genuine token, spelt otherwise. */
function respelt(change: (signature: string) => string): Attempt {
  const { token, ...rest } = withClaims({})
  const [header, payload, signature = ''] = token.split('.')
  return { token: `${header}.${payload}.${change(signature)}`, ...rest }
}

/** The last character of 86 carries four bits that no byte gets. */
function otherBits(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return signature.slice(0, -1) + alphabet[alphabet.indexOf(signature.at(-1) ?? '') | 1]
}

const weakRsa = (): Attempt => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 1024 })
  return underKey('RS256', pair.publicKey.export({ format: 'jwk' }), pair.privateKey.export({ format: 'jwk' }))
}

/** With e = 1 a signature is its own message: anybody can write one (RFC 8017 §8.2.2). */
const exponentOne = (): Attempt => {
  const jwk = { ...rs.publicJwk, e: 'AQ' }
  const input = `${encode({ alg: 'RS256', typ: 'at+jwt', kid: 'key-1' })}.${encode(goodClaims)}`
  return { token: `${input}.${emsa(input).toString('base64url')}`, jwk, algorithm: 'RS256' }
}

function emsa(input: string): Buffer {
  const prefix = Buffer.from('3031300d060960864801650304020105000420', 'hex')
  const digest = Buffer.concat([prefix, createHash('sha256').update(input).digest()])
  return Buffer.concat([Buffer.of(0, 1), Buffer.alloc(256 - 3 - digest.length, 0xff), Buffer.of(0), digest])
}

/** A key whose primes can be found (CVE-2017-15361), from the vectors that come with its private part. */
function roca(): Attempt {
  const { testGroups } = JSON.parse(repositoryText('tests/vectors/wycheproof/json_web_key_test.json')) as {
    testGroups: readonly { readonly comment: string; readonly private: { readonly keys: readonly JsonWebKey[] } }[]
  }
  const group = testGroups.find(({ comment }) => comment === 'jws_rsa_roca_key')
  const { alg: _, use: __, kid: ___, ...privateJwk } = group?.private.keys[0] ?? {}
  const { kty, n, e } = privateJwk
  return underKey('RS256', { kty, n, e } as JsonWebKey, privateJwk)
}

const shortSecret = (): Attempt => {
  const jwk = { kty: 'oct', k: Buffer.from('secret').toString('base64url'), kid: 'key-1' }
  return underKey('HS256', jwk)
}

const rows: Readonly<Record<string, () => Attempt>> = {
  'a member named twice': () => of(es.header, claimsWith('"sub":"admin"')),
  'unused bits of the signature set': () => respelt(otherBits),
  'padding after the signature': () => respelt((signature) => `${signature}==`),
  'white space inside the signature': () => respelt((signature) => `${signature.slice(0, 9)}\n${signature.slice(9)}`),
  'bytes that are no UTF-8': () =>
    of(
      es.header,
      Buffer.concat([Buffer.from(claimsWith('"more":"')).subarray(0, -1), Buffer.from([0xff]), Buffer.from('"}')]),
    ),
  'half a character': () => of(es.header, claimsWith('"more":"\\ud800"')),
  'a number that becomes another': () => of(es.header, claimsWith('"account":9007199254740993')),
  '`__proto__` as a claim': () => of(es.header, claimsWith('"__proto__":{"admin":true}')),
  'nesting a hundred deep': () => of(es.header, claimsWith(`"more":${'['.repeat(100)}${']'.repeat(100)}`)),
  'longer than 8,192 characters': () => withClaims({ more: 'x'.repeat(8000) }),
  'a byte order mark': () => of(es.header, `\ufeff${JSON.stringify(goodClaims)}`),
  'another type of token': () => withHeader({ typ: 'logout+jwt' }),
  'a critical extension nobody knows': () => withHeader({ crit: ['x'], x: 1 }),
  '`b64`, `zip` or `cty` in the header': () => withHeader({ zip: 'DEF' }),
  'a key of its own in the header': () => withHeader({ jwk: createForger('ES256').publicJwk }),
  'an address for keys in the header': () => withHeader({ jku: 'https://evil.example/keys.json' }),
  'the name of another key': () => withHeader({ kid: 'key-2' }),
  'no expiry': () => withClaims({ exp: undefined }),
  'an expiry in milliseconds': () => withClaims({ exp: (NOW + 600) * 1000 }),
  'issued in the future': () => withClaims({ iat: NOW + 3600 }),
  'a subject that is no text': () => withClaims({ sub: { id: 1 } }),
  'an audience that is not only text': () => withClaims({ aud: [AUDIENCE, 1] }),
  'bound to a key (`cnf`), shown as a bearer token': () => withClaims({ cnf: { jkt: 'x'.repeat(43) } }),
  'an HMAC secret of six bytes': shortSecret,
  'an RSA key of 1,024 bits': weakRsa,
  'an RSA key with e = 1: anybody signs': exponentOne,
  'an RSA key whose primes a chip chose badly (ROCA)': roca,
  'a key published for encryption': () => underKey('ES256', { ...es.publicJwk, use: 'enc' }, es.privateJwk),
}

async function ours({ token, jwk, algorithm }: Attempt): Promise<string> {
  try {
    const key = await importJwk(jwk, algorithm)
    const options = {
      algorithms: [algorithm],
      type: 'at+jwt',
      issuer: ISSUER,
      audience: AUDIENCE,
      now: () => NOW * 1000,
    }
    await createVerifier(key, options)(token)
    return 'accepted'
  } catch (error) {
    if (error instanceof TokenError) return error.code
    throw error
  }
}

async function jose({ token, jwk, algorithm }: Attempt, requiredClaims: string[] = []): Promise<Verdict> {
  const demands = { algorithms: [algorithm], typ: 'at+jwt', issuer: ISSUER, audience: AUDIENCE, requiredClaims }
  const key = await importJWK({ ...jwk }, algorithm)
  return jwtVerify(token, key, { ...demands, currentDate: new Date(NOW * 1000) }).then(
    () => 'accepted',
    () => 'refused',
  )
}

const TWO_OF_A_NAME = 'a set with two keys of one name'

/** The other two know no sets. */
async function twoOfOneName(): Promise<readonly [string, Verdict]> {
  const keys = [es.publicJwk, { ...rs.publicJwk, alg: 'RS256' }].map((jwk) => ({ ...jwk }))
  const { token } = withClaims({})
  const code = await importJwks({ keys }, { algorithms: ['ES256', 'RS256'] }).then(
    () => 'accepted',
    (error: unknown) => (error as TokenError).code,
  )
  const set = createLocalJWKSet({ keys })
  const theirs = await jwtVerify(token, set, { currentDate: new Date(NOW * 1000) }).then(
    (): Verdict => 'accepted',
    (): Verdict => 'refused',
  )
  return [`\`${code}\``, theirs]
}

const keyOf = ({ jwk }: Attempt) =>
  jwk.kty === 'oct' ? Buffer.from(jwk.k ?? '', 'base64url') : createPublicKey({ key: jwk, format: 'jwk' })

function withJsonwebtoken(attempt: Attempt): Verdict {
  const demands = { algorithms: [attempt.algorithm as jsonwebtoken.Algorithm], issuer: ISSUER, audience: AUDIENCE }
  try {
    jsonwebtoken.verify(attempt.token, keyOf(attempt), { ...demands, clockTimestamp: NOW })
    return 'accepted'
  } catch {
    return 'refused'
  }
}

function withFastJwt(attempt: Attempt): Verdict {
  const key = keyOf(attempt)
  const pem = Buffer.isBuffer(key) ? key : key.export({ type: 'spki', format: 'pem' })
  const demands = { algorithms: [attempt.algorithm as FastAlgorithm], allowedIss: ISSUER, allowedAud: AUDIENCE }
  try {
    createFastVerifier({ key: pem, ...demands, clockTimestamp: NOW * 1000 })(attempt.token)
    return 'accepted'
  } catch {
    return 'refused'
  }
}

const heading = ['', 'here', 'jose', 'jsonwebtoken', 'fast-jwt', 'our test']

/** The rows of the table on the page, each as its cells. */
function rowsOfPage(): string[][] {
  const lines = repositoryText('docs/token.md')
    .split('\n')
    .filter((line) => line.startsWith('| '))
  const cells = lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
  const start = cells.findIndex((row) => row.join() === heading.join())
  return cells.slice(start + 1).filter((row) => row.length === heading.length && /\]\(/.test(row[5] ?? ''))
}

test('what is refused below is refused for its fault alone: good tokens are accepted by everybody', async () => {
  const good = [withClaims({}), underKey('HS256', hs.privateJwk), underKey('RS256', rs.publicJwk, rs.privateJwk)]
  for (const attempt of good) {
    expect([await ours(attempt), await jose(attempt), withJsonwebtoken(attempt), withFastJwt(attempt)]).toEqual(
      Array.from({ length: 4 }, () => 'accepted'),
    )
  }
})

test('docs/token.md: the table is what was measured', async () => {
  const measured: string[][] = []
  for (const [name, make] of Object.entries(rows)) {
    const attempt = make()
    measured.push([
      name,
      `\`${await ours(attempt)}\``,
      await jose(attempt),
      withJsonwebtoken(attempt),
      withFastJwt(attempt),
    ])
  }
  measured.push([TWO_OF_A_NAME, ...(await twoOfOneName()), '–', '–'])
  expect(rowsOfPage().map((row) => row.slice(0, 5))).toEqual(measured)
})

test('docs/token.md: each row links to a test of ours that carries the id it names', () => {
  for (const [name, , , , , cell = ''] of rowsOfPage()) {
    const [, id = '', path = ''] = /^\[([^\]]+)\]\(\.\.\/([^)]+)\)$/.exec(cell) ?? []
    expect(id, name).not.toBe('')
    expect(repositoryText(path), name).toMatch(
      new RegExp(`(test|describe)[^\n]*\\(\\n?\\s*['"\`]${id}\\b|^\\s*['"\`]${id}\\b`, 'm'),
    )
  }
})

test('docs/token.md: every reason why we are stricter than jose is on the page, and is met', async () => {
  const page = repositoryText('docs/token.md')
  for (const reason of REASONS) expect(page).toContain(`- ${reason}\n`)
  const met = new Set<string>()
  for (const make of Object.values(rows)) {
    const attempt = make()
    // Reasons are about tokens under a good key, against a jose that is told to want an expiry.
    if (attempt.jwk !== es.publicJwk || (await jose(attempt, ['exp'])) !== 'accepted') continue
    expect(await ours(attempt)).not.toBe('accepted')
    met.add(stricterReason(attempt.token) ?? `no reason for ${attempt.token}`)
  }
  expect([...met].toSorted()).toEqual([...REASONS].toSorted())
})

test('what the others refuse when they are told to', async () => {
  const key = createPublicKey({ key: es.publicJwk, format: 'jwk' })
  const endless = withClaims({ exp: undefined }).token
  await expect(jwtVerify(endless, key, { requiredClaims: ['exp'] })).rejects.toThrow('exp')
  const pem = key.export({ type: 'spki', format: 'pem' })
  const fast = { key: pem, algorithms: ['ES256' as const], clockTimestamp: NOW * 1000 }
  expect(() => createFastVerifier({ ...fast, requiredClaims: ['exp'] })(endless)).toThrow('exp')
  const other = withHeader({ typ: 'logout+jwt' }).token
  expect(() => createFastVerifier({ ...fast, checkTyp: 'at+jwt' })(other)).toThrow('typ')
})
