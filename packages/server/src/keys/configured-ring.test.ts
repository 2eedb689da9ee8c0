// Keys from the configuration: a private JWK, or a signer elsewhere; the whole server signs with them, and its database holds none.
import { generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { exportJwk, generateKeyPair } from '@hallpass/token'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { dumpDatabase } from '../../../../tests/support/database-dump.ts'
import { open } from '../../../../tests/support/in-process.ts'
import { createConfiguredRing } from './configured-ring.ts'

const directory = mkdtempSync(join(tmpdir(), 'hallpass-keys-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
let files = 0
const options = () => ({
  database: join(directory, `${++files}.db`),
  checkPassword: (email: string) => ({ id: email }),
})
const signIn = { email: 'ada', password: 'x' }

test('a private JWK signs, a second one is published; both are public on the wire', async () => {
  const [one, two] = await Promise.all(
    ['first', 'second'].map(async (kid) => ({
      ...(await exportJwk((await generateKeyPair('ES256', { extractable: true })).privateKey)),
      kid,
    })),
  )
  if (one === undefined || two === undefined) throw new Error('two were made')
  const { auth, device } = await open({ ...options(), token: { keys: [one, two] } })
  const ada = device()
  expect((await ada.post('login', signIn)).status).toBe(200)
  const header = JSON.parse(Buffer.from(ada.token?.split('.')[0] ?? '', 'base64url').toString())
  expect(header).toMatchObject({ alg: 'ES256', kid: 'first' })
  expect((await ada.get('me')).status).toBe(200)
  const { keys } = (await ada.get('jwks')).json as { keys: Record<string, unknown>[] }
  expect(keys.map(({ kid }) => kid)).toEqual(['first', 'second'])
  expect(keys.some((key) => 'd' in key)).toBe(false)
  await expect(auth.keys.rotate()).rejects.toThrow(/come from the configuration/)
  await auth.close()
})

test('a signer elsewhere: tokens when it signs, 503 and no sign-out when it does not', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let away = false
  const sign = async (input: Uint8Array) => {
    if (away) throw new Error('the key service is away')
    return signBytes('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  }
  const { auth, device, clock } = await open({
    ...options(),
    token: { keys: [{ publicKey: publicKey.export({ format: 'jwk' }), sign }] },
  })
  const ada = device()
  expect((await ada.post('login', signIn)).status).toBe(200)
  expect((await ada.get('me')).status).toBe(200)
  clock.advance(60_000)
  away = true
  expect(await ada.post('refresh')).toMatchObject({ status: 503, code: 'unavailable' })
  away = false
  expect((await ada.post('refresh')).status).toBe(200)
  await auth.close()
})

test('nothing of configured keys reaches the database', async () => {
  const key = await exportJwk((await generateKeyPair('ES256', { extractable: true })).privateKey)
  const { database, ...given } = options()
  const { auth } = await open({ ...given, database, token: { keys: [key] } })
  await auth.close()
  const text = dumpDatabase(database)
  expect(text).not.toContain(key.d)
  expect(text).not.toContain(key.x)
})

test('what cannot sign, is there twice or is of another kind is refused at the start, and no key stands in the sentence', async () => {
  const pair = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJwk(pair.privateKey)
  const { d: secret, ...publicJwk } = jwk
  for (const [keys, words] of [
    [[publicJwk], /keys\[0\] must be able to sign/],
    [[jwk, jwk], /keys\[1\] is there twice/],
    [[{ ...jwk, crv: 'P-384' }], /keys\[0\] is not a key for ES256/],
  ] as const) {
    const error = await createConfiguredRing(keys, 'ES256').catch((thrown: unknown) => thrown)
    expect(String(error)).toMatch(words)
    expect(String(error)).not.toContain(secret)
  }
})
