// Differential fuzz against jose, with the same stated algorithm, key and demands: whatever we accept, jose accepts, and says the same.
// Where we are stricter there is a reason with a name. HALLPASS_FUZZ=<tokens> makes it longer, HALLPASS_FUZZ_SEED=<seed> runs one again,
// and HALLPASS_FUZZ_SHOW=1 says how often each reason was met.
import { randomInt } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import * as backend from '#crypto'
import fc from 'fast-check'
import { importJWK, jwtVerify, type JWTVerifyOptions } from 'jose'
import { expect, test } from 'vitest'
import { AUDIENCE, createForger, encode, goodClaims, ISSUER, NOW } from '../../../tests/support/forge-token.ts'
import { stricterReason, type Reason } from '../../../tests/support/stricter-than-jose.ts'
import { createVerifier, importJwk, TokenError, type Algorithm, type Verified } from './index.ts'

/** Tokens in `npm test`, over all algorithms, with a tenth of them on the slower backend; millions in the long form. */
const TOKENS = Number(process.env['HALLPASS_FUZZ'] ?? (backend.sha256('') instanceof Promise ? 10_000 : 100_000))
const SHARES: readonly [Algorithm, number][] = [
  ['HS256', 0.8],
  ['ES256', 0.1],
  ['EdDSA', 0.05],
  ['RS256', 0.05],
]

// What is made: headers and claims with members changed, added, repeated and raw, then bytes changed before or after signing.
const scalar = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('', ISSUER, AUDIENCE, 'key-1', 'at+jwt', 'JWT', 'x'.repeat(300), '\ud800', '__proto__'),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(0, -1, NOW, NOW - 1, NOW + 1, NOW + 600, NOW * 1000, 2 ** 53, 1.5, null, true, false),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  { weight: 1, arbitrary: fc.double({ noNaN: true }) },
)
const anything = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as unknown),
  },
)
const raw = fc.oneof(
  { weight: 8, arbitrary: anything.map((value) => JSON.stringify(value)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '1e400',
      '1E2',
      '-0',
      '01',
      '"\\ud83d"',
      '"\\u0061"',
      `${'['.repeat(17)}${']'.repeat(17)}`,
    ),
  },
)
const headerNames = [
  'alg',
  'typ',
  'kid',
  'crit',
  'b64',
  'zip',
  'cty',
  'enc',
  'jwk',
  'jku',
  'x5c',
  'x5t',
  '__proto__',
  'a',
]
const claimNames = [
  'iss',
  'aud',
  'sub',
  'exp',
  'nbf',
  'iat',
  'jti',
  'cnf',
  'sid',
  'scope',
  '__proto__',
  'constructor',
  'a',
]
const edits = (names: string[]) =>
  fc.array(
    fc.record({ name: fc.constantFrom(...names), json: raw, how: fc.constantFrom('set', 'set', 'drop', 'again') }),
    {
      maxLength: 2,
    },
  )
const bytes = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    with: fc.oneof(
      fc.constantFrom('', '.', '=', ' ', 'A', '-', '+', '\u0000', '\u0141'),
      fc.string({ maxLength: 2, unit: 'grapheme' }),
    ),
    cut: fc.nat({ max: 2 }),
  }),
  { maxLength: 1 },
)
const plan = fc.record({
  header: edits(headerNames),
  claims: edits(claimNames),
  space: fc.constantFrom('', '', '', ' ', '\n', '\ufeff', '//'),
  before: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: bytes }),
  after: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: bytes }),
})

type Edit = { name: string; json: string; how: string }
type Cut = { at: number; with: string; cut: number }

function edit(from: Readonly<Record<string, unknown>>, changes: readonly Edit[], space: string): string {
  const pairs = Object.entries(from).map(([name, value]): [string, string] => [name, JSON.stringify(value)])
  for (const { name, json, how } of changes) {
    const at = pairs.findIndex(([other]) => other === name)
    if (how === 'drop') {
      if (at >= 0) pairs.splice(at, 1)
    } else if (how === 'again' || at < 0) pairs.push([name, json])
    else pairs[at] = [name, json]
  }
  return `${space}{${pairs.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`
}

const cutInto = (text: string, cuts: readonly Cut[]): string =>
  cuts.reduce((text, { at, with: insert, cut }) => {
    const from = Math.floor(at * text.length)
    return text.slice(0, from) + insert + text.slice(from + cut)
  }, text)

test.each(SHARES)(
  '%s: we accept only what jose accepts, and every refusal of ours beyond it has its reason',
  async (algorithm, share) => {
    const forger = createForger(algorithm)
    const joseKey = await importJWK(forger.publicJwk as Record<string, unknown>, algorithm)
    const joseOptions: JWTVerifyOptions = {
      algorithms: [algorithm],
      typ: 'at+jwt',
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['exp'],
      currentDate: new Date(NOW * 1000),
    }
    const key = await importJwk(forger.publicJwk, algorithm)
    const demands = {
      algorithms: [algorithm],
      type: 'at+jwt',
      issuer: ISSUER,
      audience: AUDIENCE,
      now: () => NOW * 1000,
    }
    const verify = createVerifier(key, demands)
    const remembering = createVerifier(key, { ...demands, cache: { entries: 64 } })

    const numRuns = Math.ceil(TOKENS * share)
    const seed = Number(process.env['HALLPASS_FUZZ_SEED'] ?? randomInt(2 ** 31))
    console.info(`fuzz: ${algorithm}, ${numRuns} tokens, seed ${seed}`)
    const counts = { both: 0, neither: 0, stricter: new Map<Reason, number>() }
    await fc.assert(
      fc.asyncProperty(plan, async ({ header, claims, space, before, after }) => {
        const parts = [encode(edit(forger.header, header, '')), encode(edit(goodClaims, claims, space))].join('.')
        const input = cutInto(parts, before)
        const token = cutInto(`${input}.${forger.stamp(input).toString('base64url')}`, after)
        const ours = await outcome(() => verify(token))
        for (const _ of [1, 2]) {
          const again = await outcome(() => remembering(token))
          if (!isDeepStrictEqual(again, ours)) throw new Error(`remembered otherwise: ${token}`)
        }
        const theirs = await jwtVerify(token, joseKey, joseOptions).catch(() => undefined)
        if (typeof ours !== 'string') {
          if (theirs === undefined) throw new Error(`accepted here, refused by jose: ${token}`)
          if (!isDeepStrictEqual([ours.claims, ours.header], [theirs.payload, theirs.protectedHeader]))
            throw new Error(`read otherwise by jose: ${token}`)
          counts.both++
        } else if (theirs === undefined) counts.neither++
        else {
          const why = stricterReason(token)
          if (why === undefined) throw new Error(`refused here (${ours}) without a reason of the list: ${token}`)
          counts.stricter.set(why, (counts.stricter.get(why) ?? 0) + 1)
        }
      }),
      { numRuns, seed },
    )
    if (process.env['HALLPASS_FUZZ_SHOW']) console.log(algorithm, counts)
    // The fuzz is not vacuous: it meets both answers, and most of the reasons.
    expect(counts.both).toBeGreaterThan((TOKENS * share) / 20)
    expect(counts.neither).toBeGreaterThan((TOKENS * share) / 20)
    if (algorithm === 'HS256') expect(counts.stricter.size).toBeGreaterThanOrEqual(8)
  },
  3_600_000,
)

async function outcome(verify: () => Verified | Promise<Verified>): Promise<Verified | string> {
  try {
    return await verify()
  } catch (error) {
    if (error instanceof TokenError) return error.code
    throw error
  }
}
