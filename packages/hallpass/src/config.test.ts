// What settings mean, and the sentence for each that cannot be used.
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parseCommandLine } from './command-line.ts'
import { readConfig } from './config.ts'
import { Mistake } from './mistake.ts'

const read = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  readConfig({ flags: parseCommandLine(['serve', ...args]).flags, env })

test('with nothing set it serves this machine alone, from ./data', () => {
  expect(read({})).toEqual({
    port: 3000,
    host: undefined,
    issuer: 'http://localhost:3000',
    dataDirectory: resolve('data'),
    database: resolve('data', 'hallpass.db'),
    embedded: true,
    secrets: [],
    origins: [],
    trustedProxyHops: 0,
    logLevel: 'info',
    testClock: false,
    production: undefined,
  })
})

test('an empty variable is one that is not set', () => {
  const empty = { PORT: '', HOST: '', DATABASE_URL: '', HALLPASS_ISSUER: '', HALLPASS_SECRET: '', HALLPASS_ORIGINS: '' }
  expect(read(empty)).toEqual(read({}))
})

test('a flag wins over its variable', () => {
  const env = {
    PORT: '1',
    HALLPASS_DATA: 'one',
    HALLPASS_ISSUER: 'http://one.localhost',
    DATABASE_URL: 'one.db',
    HOST: '::1',
  }
  const args = [
    '--port',
    '2',
    '--data',
    'two',
    '--issuer',
    'http://two.localhost',
    '--database',
    'two.db',
    '--host',
    '127.0.0.2',
  ]
  expect(read(env, ...args)).toMatchObject({
    port: 2,
    dataDirectory: resolve('two'),
    issuer: 'http://two.localhost',
    database: resolve('two.db'),
    host: '127.0.0.2',
  })
})

test('an issuer is written as browsers write origins', () => {
  const secret = { HALLPASS_SECRET: 'given' }
  expect(read({ ...secret, HALLPASS_ISSUER: 'HTTPS://Login.Example.com:443/' }).issuer).toBe(
    'https://login.example.com',
  )
})

test('several secrets and origins stand between commas', () => {
  const env = { HALLPASS_SECRET: 'one, two,', HALLPASS_ORIGINS: 'https://a.example , http://localhost:5173' }
  expect(read(env)).toMatchObject({ secrets: ['one', 'two'], origins: ['https://a.example', 'http://localhost:5173'] })
})

test.each<[string, Record<string, string>]>([
  ['NODE_ENV is production', { NODE_ENV: 'production' }],
  ['the database is PostgreSQL, which others may share', { DATABASE_URL: 'postgresql://db/x' }],
  ['the issuer https://a.example is not this machine alone', { HALLPASS_ISSUER: 'https://a.example' }],
])('it is production because %s', (because, env) => {
  expect(read({ ...env, HALLPASS_SECRET: 'given' }).production).toBe(because)
  expect(() => read(env)).toThrow(`HALLPASS_SECRET is not set, and it must be, because ${because}.`)
  const clock = { ...env, HALLPASS_SECRET: 'given', HALLPASS_INSECURE_TEST_CLOCK: '1' }
  expect(() => read(clock)).toThrow(/^--insecure-test-clock lets a test move time/)
})

const refusals: readonly [string, Record<string, string>, string][] = [
  ['a port that is none', { PORT: 'http' }, 'PORT must be a number from 1 to 65535, not "http"'],
  ['a port out of range', { PORT: '65536' }, 'PORT must be a number'],
  ['port 0', { PORT: '0' }, 'PORT must be a number'],
  ['an issuer that is no address', { HALLPASS_ISSUER: 'login.example.com' }, 'HALLPASS_ISSUER must be an address like'],
  [
    'an issuer with a path',
    { HALLPASS_ISSUER: 'https://a.example/login' },
    'after the host and port: https://a.example',
  ],
  ['an issuer with a query', { HALLPASS_ISSUER: 'https://a.example/?' }, 'nothing after the host and port'],
  ['an issuer over http', { HALLPASS_ISSUER: 'http://a.example' }, 'HALLPASS_ISSUER must be https'],
  ['an issuer of another kind', { HALLPASS_ISSUER: 'ftp://a:canary@a.example' }, 'must be an address like'],
  ['an issuer with a password', { HALLPASS_ISSUER: 'https://a:canary@a.example' }, 'no user name and no password'],
  ['another kind of database', { DATABASE_URL: 'mysql://a:canary@db/x' }, 'begin with postgres://, not with mysql://'],
  [
    'a database address that cannot be read',
    { DATABASE_URL: 'postgres://a:canary@:x' },
    'not an address that can be read',
  ],
  ['an origin with a path', { HALLPASS_ORIGINS: 'https://a.example/x' }, 'HALLPASS_ORIGINS must be an origin alone'],
  [
    'a number of proxies that is none',
    { HALLPASS_TRUSTED_PROXY_HOPS: 'all' },
    'must be the number of proxies in front',
  ],
  ['signing keys that are no JSON', { HALLPASS_SIGNING_KEYS: '{"d":"canary"' }, 'HALLPASS_SIGNING_KEYS must be JSON'],
  ['signing keys that are no objects', { HALLPASS_SIGNING_KEYS: '["canary"]' }, 'a private JWK, a list of them, or a'],
  ['a log level that is none', { HALLPASS_LOG_LEVEL: 'loud' }, 'debug, info, warn, error, silent, not "loud"'],
  ['a switch neither on nor off', { HALLPASS_INSECURE_TEST_CLOCK: 'maybe' }, 'HALLPASS_INSECURE_TEST_CLOCK must be 1'],
]

test.each(refusals)('%s is refused in one sentence, without the secrets in it', (_, env, sentence) => {
  const mistake = mistakeOf(() => read(env))
  expect(mistake).toContain(sentence)
  expect(mistake).not.toMatch(/canary|\n/)
})

test('a database password on the command line is refused, and not repeated', () => {
  const mistake = mistakeOf(() => read({}, '--database', 'postgres://a:canary@db/x'))
  expect(mistake).toContain('put the address in DATABASE_URL')
  expect(mistake).not.toContain('canary')
})

test.each([
  ['a command that does not exist', ['server'], 'there is no command "server"; `hallpass help` lists them'],
  ['a flag that does not exist', ['serve', '--prot', '80'], "Unknown option '--prot'; `hallpass help`"],
  ['a flag without its value', ['serve', '--port'], "Option '--port <value>' argument missing"],
  ['one argument too many', ['serve', 'now'], '`hallpass serve` takes no "now"'],
  ['a flag of another command', ['secret', '--port', '80'], '`hallpass secret` takes no "--port"'],
])('on the command line %s is refused', (_, args, sentence) => {
  expect(mistakeOf(() => parseCommandLine(args))).toContain(sentence)
})

function mistakeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof Mistake) return error.message
    throw error
  }
  throw new Error('nothing was refused')
}
