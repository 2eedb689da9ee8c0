// Every option that cannot be used stops the start with a sentence that names it, and none of them tells a secret.
import { expect, test } from 'vitest'
import { generateSecret } from './keys/secret.ts'
import { readOptions, type HallpassOptions } from './options.ts'

const fine: HallpassOptions = { issuer: 'https://app.example.com', secret: generateSecret(), database: 'hallpass.db' }
const read = (more: Record<string, unknown>) => () => readOptions({ ...fine, ...more })

test('the defaults are those the documentation names', () => {
  expect(read({})()).toMatchObject({
    basePath: '/api/auth',
    audience: ['https://app.example.com'],
    idle: 7 * 86_400_000,
    absolute: 30 * 86_400_000,
    lifetime: 900_000,
    algorithm: 'ES256',
    cookieMode: 'path',
    sameSite: 'Strict',
    minLength: 15,
  })
})

test('the issuer is always an audience: our own endpoints ask for it', () => {
  expect(read({ audience: 'https://images.example.com' })().audience).toEqual([
    'https://app.example.com',
    'https://images.example.com',
  ])
})

test.each<[Record<string, unknown>, RegExp]>([
  [{ issuer: undefined }, /issuer/],
  [{ issuer: 'app.example.com' }, /issuer must be an origin like/],
  [{ issuer: 'https://app.example.com/' }, /without a path or a slash at its end/],
  [{ issuer: 'https://user@app.example.com' }, /issuer must be an origin/],
  [{ issuer: 'http://app.example.com' }, /issuer must be https/],
  [{ issuer: 'ftp://app.example.com' }, /issuer must be an origin/],
  [{ origins: ['*'] }, /origins must be an origin/],
  [{ origins: ['null'] }, /origins must be an origin/],
  [{ origins: ['http://www.example.com'] }, /origins must be https/],
  [{ secret: 'correct horse battery staple' }, /run it and use what it prints/],
  [{ secret: [] }, /secret/],
  [{ basePath: 'api/auth' }, /basePath/],
  [{ basePath: '/api/auth/' }, /basePath/],
  [{ basePath: '/' }, /basePath/],
  [{ audience: [] }, /audience/],
  [{ session: { idle: '7' } }, /session\.idle must be a whole number with a unit/],
  [{ session: { idle: '31d' } }, /session\.idle must not be longer/],
  [{ session: { bound: 'yes' } }, /session\.bound/],
  [{ session: { replays: () => true } }, /session\.replays is missing or wrong: must have a method add/],
  [{ token: { lifetime: '25h' } }, /token\.lifetime must be at most '24h'/],
  [{ token: { lifetime: '2h' }, session: { idle: '1h' } }, /token\.lifetime must not be longer than session\.idle/],
  [{ token: { algorithm: 'none' } }, /token\.algorithm/],
  [{ cookie: { sameSite: 'None' } }, /cookie\.sameSite/],
  [{ cookie: { domain: 'example.com' } }, /there is no option 'cookie\.domain'/],
  [{ password: { minLength: 7 } }, /password\.minLength/],
  [{ jwtSecret: 'x' }, /there is no option 'jwtSecret'/],
  [{ checkPassword: 'yes' }, /checkPassword/],
])('%j is refused in a sentence', (more, sentence) => {
  expect(read(more)).toThrow(TypeError)
  expect(read(more)).toThrow(sentence)
})

test('a secret that is refused is not told', () => {
  const cut = generateSecret().slice(0, -1)
  try {
    read({ secret: cut })()
    expect.unreachable()
  } catch (error) {
    expect(String(error)).not.toContain(cut.slice(5, 20))
  }
})

test.each(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000', 'http://app.localhost'])(
  '%s is loopback',
  (issuer) => {
    expect(read({ issuer })().issuer.origin).toBe(issuer)
  },
)
