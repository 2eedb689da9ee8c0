// How the program is called and set up: what it prints, and the sentences with which it refuses to start. Each refusal is a
// real process that ends; a setting that is only warned about would make these tests wait and fail.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJwk, generateKeyPair } from '@hallpass/token'
import { afterAll, expect, test } from 'vitest'
import { freePort, runProgram, startProgram } from '../support/program.ts'

const secret = runProgram(['secret']).stdout.trim()
const directory = mkdtempSync(join(tmpdir(), 'hallpass-settings-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('help, --help and no command at all print the usage', () => {
  const { code, stdout, stderr } = runProgram(['help'])
  expect([code, stderr]).toEqual([0, ''])
  for (const word of ['hallpass serve', 'HALLPASS_SECRET', 'DATABASE_URL', '--insecure-test-clock']) {
    expect(stdout).toContain(word)
  }
  expect(runProgram(['--help']).stdout).toBe(stdout)
  expect(runProgram(['serve', '-h']).stdout).toBe(stdout)
  expect(runProgram([]).stdout).toBe(stdout)
})

test('the usage fits a terminal', () => {
  for (const line of runProgram(['help']).stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
})

test('version says the version of the package', () => {
  const manifest = new URL('../../packages/hallpass/package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  expect(runProgram(['--version'])).toEqual({ code: 0, stdout: `hallpass ${version}\n`, stderr: '' })
})

test('secret prints one secret a time, and nothing else', () => {
  const [one, two] = [runProgram(['secret']), runProgram(['secret'])]
  expect(one.stdout).toMatch(/^hps1_[\w-]{47}\n$/)
  expect(one.stdout).not.toBe(two.stdout)
  expect(one.stderr).toBe('')
})

test.each<[string, string[], Record<string, string>, string]>([
  ['a command line', ['server'], {}, 'there is no command "server"'],
  ['a setting', ['serve'], { HALLPASS_ISSUER: 'https://a:canary-1@example.com' }, 'no user name and no password'],
  ['a secret', ['serve', '--data', directory], { HALLPASS_SECRET: 'canary-1' }, '`hallpass secret`'],
])('%s that cannot be used is refused in one sentence that holds no secret', (_, args, env, sentence) => {
  const { code, stdout, stderr } = runProgram(args, env)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(sentence)
  expect(stderr).toMatch(/^hallpass: [^\n]+\n$/)
  expect(stderr).not.toContain('canary-1')
})

test.each<[string, Record<string, string>, string]>([
  ['NODE_ENV=production', { NODE_ENV: 'production' }, 'NODE_ENV is production'],
  ['PostgreSQL', { DATABASE_URL: 'postgres://hallpass:canary-3@127.0.0.1:1/x' }, 'the database is PostgreSQL'],
  ['a public issuer', { HALLPASS_ISSUER: 'https://login.example.com' }, 'is not this machine alone'],
])('with %s it wants a secret, and no clock that can be moved', (_, env, because) => {
  const without = runProgram(['serve', '--data', directory], env)
  expect(without.code).toBe(2)
  expect(without.stderr).toContain('HALLPASS_SECRET is not set')
  expect(without.stderr).toContain(because)
  expect(without.stderr).toContain('`hallpass secret`')

  const moved = runProgram(['serve', '--data', directory, '--insecure-test-clock'], { ...env, HALLPASS_SECRET: secret })
  expect(moved.code).toBe(2)
  expect(moved.stderr).toContain('--insecure-test-clock')
  expect(moved.stderr).toContain(because)
  expect(without.stderr + moved.stderr).not.toContain('canary-3')
})

test('a port that is taken is said so', async () => {
  const squatter = createServer()
  const port = await freePort()
  squatter.listen(port, '127.0.0.1')
  await once(squatter, 'listening')
  try {
    const { code, stderr } = runProgram(['serve', '--data', directory, '--port', String(port)])
    expect(code).toBe(1)
    expect(stderr).toBe(
      `hallpass: port ${port} is taken by another program; stop that one, or choose another port with --port\n`,
    )
  } finally {
    squatter.close()
  }
})

test('a flag wins over its variable', async () => {
  const [wanted, other] = [await freePort(), await freePort()]
  const program = await startProgram({ port: other, args: ['--port', String(wanted)] })
  try {
    expect(program.output()).toContain(`ready on http://localhost:${wanted}`)
  } finally {
    await program.close()
  }
})

test('in development a secret is made once, for its owner’s eyes, and used again', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'hallpass-secret-'))
  try {
    const first = await startProgram({ dataDirectory })
    expect(first.output()).toContain('made a secret for this machine in ')
    const path = join(dataDirectory, 'secret')
    const made = readFileSync(path, 'utf8')
    expect(made).toMatch(/^hps1_[\w-]{47}\n$/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(first.output()).not.toContain(made.trim())
    await first.close()

    const second = await startProgram({ dataDirectory })
    expect(second.output()).not.toContain('made a secret')
    expect(readFileSync(path, 'utf8')).toBe(made)
    await second.close()

    // Another secret on the same data: refused, rather than signing everybody out in silence.
    const { code, stderr } = runProgram(['serve'], {
      HALLPASS_DATA: dataDirectory,
      HALLPASS_SECRET: secret,
      PORT: String(await freePort()),
    })
    expect(code).toBe(2)
    expect(stderr).toContain('HALLPASS_SECRET that was used before')
    expect(stderr).not.toContain(secret)
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true })
  }
})

test('a secret can be changed: the first seals, the others still open', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'hallpass-secret-'))
  try {
    const next = runProgram(['secret']).stdout.trim()
    const old = await startProgram({ dataDirectory, env: { HALLPASS_SECRET: secret } })
    const person = { email: 'ada@example.com', password: 'correct horse battery' }
    const { setCookies } = await old.ask('POST', '/api/auth/register', { json: person })
    await old.close()

    const both = await startProgram({ dataDirectory, port: old.port, env: { HALLPASS_SECRET: `${next}, ${secret}` } })
    const cookie = setCookies[0]?.split(';', 1)[0] ?? ''
    expect((await both.ask('POST', '/api/auth/refresh', { headers: [['Cookie', cookie]] })).status).toBe(200)
    await both.close()
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true })
  }
})

test('what stands in the way of a start is said in one sentence', async () => {
  const file = join(directory, 'a-file')
  writeFileSync(file, '')
  const notADirectory = runProgram(['serve'], { HALLPASS_DATA: file, PORT: String(await freePort()) })
  expect(notADirectory.code).toBe(1)
  expect(notADirectory.stderr).toMatch(
    /^hallpass: .*a-file cannot be used \(EEXIST\): the data directory must be [^\n]+\n$/,
  )

  const nobodyThere = runProgram(['serve'], {
    HALLPASS_SECRET: secret,
    DATABASE_URL: `postgres://hallpass:canary-4@127.0.0.1:${await freePort()}/hallpass`,
  })
  expect(nobodyThere.code).toBe(1)
  expect(nobodyThere.stderr).toMatch(
    /^hallpass: the database postgres:\/\/127\.0\.0\.1:\d+\/hallpass cannot be used: [^\n]+\n$/,
  )
  expect(nobodyThere.stderr).not.toContain('canary-4')
})

test('one process serves an SQLite file; a second one says so and stops', async () => {
  const first = await startProgram()
  try {
    const second = runProgram(['serve'], { HALLPASS_DATA: first.dataDirectory, PORT: String(await freePort()) })
    expect(second.code).toBe(2)
    expect(second.stderr).toMatch(/^hallpass: another process has [^\n]+ open[^\n]+\n$/)
    expect((await first.ask('GET', '/healthz')).status).toBe(200)
  } finally {
    await first.close()
  }
})

test('keys of one’s own from the environment: they sign, they are published, and the ring of the database is not made', async () => {
  const jwk = (await generateKeyPair('ES256', { extractable: true })).privateKey
  const key = { ...(await exportJwk(jwk)), kid: 'of-the-environment' }
  const env = { HALLPASS_SIGNING_KEYS: JSON.stringify({ keys: [key] }) }
  const program = await startProgram({ env })
  const published = (await program.ask('GET', '/api/auth/jwks')).json as { keys: Record<string, unknown>[] }
  expect(published.keys).toMatchObject([{ kid: 'of-the-environment' }])
  expect(published.keys[0]).not.toHaveProperty('d')
  await program.close()
  const other = runProgram(['serve', '--data', directory], { HALLPASS_SIGNING_KEYS: '{"kty":"EC","d":"canary-5"}' })
  expect(other.stderr).toContain('keys[0] is not a key for ES256')
  expect(other.stdout + other.stderr).not.toContain('canary-5')
})
