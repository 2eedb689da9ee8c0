// Tokens of ours in other languages: genuine ones are accepted there, altered and expired ones are not. Each program is used where it
// is installed, and nothing is installed. Debian: python3-jwt python3-jwcrypto ruby-jwt libcrypt-jwt-perl jose haproxy.
import { spawn, spawnSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportPublicJwk, generateKeyPair, sign, type Algorithm } from '@hallpass/token'

const ALGORITHMS = ['ES256', 'ES384', 'RS256'] as const
type Spoken = (typeof ALGORITHMS)[number]

/** Asks a program about tokens under the key in a folder: true for each that it accepts. Throws when it answers neither way. */
type Verifier = (tokens: readonly string[], algorithm: Spoken, folder: string) => readonly boolean[]

interface Program {
  readonly name: string
  readonly installed: boolean
  /** Whether it looks at `exp` by itself. */
  readonly checksTime: boolean
  readonly verify: Verifier
}

const run = (command: string, args: readonly string[], input = '') =>
  spawnSync(command, args, { input, encoding: 'utf8', timeout: 30_000 })
const works = (command: string, args: readonly string[]): boolean => run(command, args).status === 0

/** A script prints `accepted` or `refused` for each token; anything else, and any other exit, is a broken test and not a refusal. */
const script =
  (command: string, flag: string, code: string): Verifier =>
  (tokens, algorithm, folder) => {
    const { stdout, stderr, status } = run(command, [flag, code, algorithm, folder, ...tokens])
    const answers = stdout.trim().split('\n')
    const each = answers.length === tokens.length && answers.every((one) => /^(accepted|refused)$/.test(one))
    if (status !== 0 || !each) throw new Error(`${command}: ${stdout}${stderr}`)
    return answers.map((one) => one === 'accepted')
  }

// Debian's own interpreter: another python3 on the PATH has not its packages.
const PYTHON = ['/usr/bin/python3', 'python3'].find((path) => works(path, ['-c', 'import jwt'])) ?? '/usr/bin/python3'

const programs: readonly Program[] = [
  {
    name: 'PyJWT',
    installed: works(PYTHON, ['-c', 'import jwt']),
    checksTime: true,
    verify: script(
      PYTHON,
      '-c',
      `
import sys, jwt
algorithm, folder, *tokens = sys.argv[1:]
key = open(folder + '/key.pem').read()
for token in tokens:
    try:
        jwt.decode(token, key, algorithms=[algorithm], audience='api', issuer='hallpass')
        print('accepted')
    except jwt.exceptions.InvalidTokenError:
        print('refused')
`,
    ),
  },
  {
    name: 'jwcrypto',
    installed: works(PYTHON, ['-c', 'import jwcrypto']),
    checksTime: true,
    verify: script(
      PYTHON,
      '-c',
      `
import sys
from jwcrypto import jwk, jwt, jws
from jwcrypto.common import JWException
algorithm, folder, *tokens = sys.argv[1:]
key = jwk.JWK.from_json(open(folder + '/key.jwk').read())
for token in tokens:
    try:
        jwt.JWT(jwt=token, key=key, algs=[algorithm], check_claims={'aud': 'api', 'iss': 'hallpass', 'exp': None})
        print('accepted')
    except (JWException, ValueError):
        print('refused')
`,
    ),
  },
  {
    name: 'ruby-jwt',
    installed: works('ruby', ['-e', 'require "jwt"']),
    checksTime: true,
    verify: script(
      'ruby',
      '-e',
      `
require 'jwt'
algorithm, folder, *tokens = ARGV
key = OpenSSL::PKey.read(File.read(folder + '/key.pem'))
tokens.each do |token|
  JWT.decode(token, key, true, { algorithm: algorithm, iss: 'hallpass', verify_iss: true, aud: 'api', verify_aud: true })
  puts 'accepted'
rescue JWT::DecodeError
  puts 'refused'
end
`,
    ),
  },
  {
    name: 'Crypt::JWT',
    installed: works('perl', ['-MCrypt::JWT', '-e', '1']),
    checksTime: true,
    verify: script(
      'perl',
      '-e',
      `
use Crypt::JWT qw(decode_jwt); use Crypt::PK::ECC; use Crypt::PK::RSA;
my ($algorithm, $folder, @tokens) = @ARGV;
my $key = $algorithm =~ /^RS/ ? Crypt::PK::RSA->new("$folder/key.pem") : Crypt::PK::ECC->new("$folder/key.pem");
for my $token (@tokens) {
  my $ok = eval { decode_jwt(token => $token, key => $key, accepted_alg => $algorithm, verify_iss => 'hallpass', verify_aud => 'api', verify_exp => 1); 1 };
  print $ok ? "accepted\\n" : "refused\\n";
}
`,
    ),
  },
  {
    name: 'jose, the command',
    installed: works('jose', ['jws', '-h']) || existsSync('/usr/bin/jose'),
    checksTime: false,
    verify: (tokens, _, folder) =>
      tokens.map((token) => {
        const { status, error } = run('jose', ['jws', 'ver', '-i', '-', '-k', join(folder, 'key.jwk')], token)
        if (error !== undefined) throw error
        return status === 0
      }),
  },
]

let folder = ''
const tokens = new Map<
  Spoken,
  { readonly good: string; readonly expired: string; readonly altered: readonly string[] }
>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-languages-'))
  const now = Math.floor(Date.now() / 1000)
  for (const algorithm of ALGORITHMS) {
    const { privateKey, publicKey } = await generateKeyPair(algorithm satisfies Algorithm)
    const jwk = await exportPublicJwk(publicKey)
    const pem = createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    const own = join(folder, algorithm)
    spawnSync('mkdir', ['-p', own])
    writeFileSync(join(own, 'key.pem'), pem)
    writeFileSync(join(own, 'key.jwk'), JSON.stringify(jwk))
    const claims = { iss: 'hallpass', aud: 'api', sub: 'user-1', iat: now - 7200, exp: now + 3600 }
    const good = await sign(claims, privateKey, { type: 'at+jwt' })
    const expired = await sign({ ...claims, exp: now - 3600 }, privateKey, { type: 'at+jwt' })
    const [header, payload = '', signature = ''] = good.split('.')
    const admin = Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url')
    const flipped = signature.replace(/^(.)/, (first) => (first === 'A' ? 'B' : 'A'))
    const altered = [`${header}.${admin}.${signature}`, `${header}.${payload}.${flipped}`]
    tokens.set(algorithm, { good, expired, altered })
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(programs)('$name', ({ name, installed, checksTime, verify }) => {
  test.skipIf(!installed).each(ALGORITHMS)(`%s (${installed ? name : `${name} is not installed`})`, (algorithm) => {
    const { good, expired, altered } = tokens.get(algorithm) ?? { good: '', expired: '', altered: [] }
    const own = join(folder, algorithm)
    // Who does not look at the time says so: that program checks signatures and no more.
    expect(verify([good, expired, ...altered], algorithm, own)).toEqual([true, !checksTime, false, false])
  })
})

const haproxy = works('haproxy', ['-v']) ? 'haproxy' : existsSync('/usr/sbin/haproxy') ? '/usr/sbin/haproxy' : undefined

describe('haproxy', () => {
  test.skipIf(haproxy === undefined).each(ALGORITHMS)(`%s by jwt_verify`, async (algorithm) => {
    const port = await freePort()
    const config = join(folder, `${algorithm}.cfg`)
    // Errors of jwt_verify are negative numbers, so only 1 is yes. Time is not its business: an ACL on exp is.
    writeFileSync(
      config,
      `
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend api
  bind 127.0.0.1:${port}
  http-request set-var(txn.token) http_auth_bearer
  acl signed var(txn.token),jwt_verify("${algorithm}","${join(folder, algorithm, 'key.pem')}") -m int 1
  http-request set-var(txn.exp) var(txn.token),jwt_payload_query('$.exp','int')
  acl alive date,neg,add(txn.exp) gt 0
  http-request return status 401 unless signed
  http-request return status 403 unless alive
  http-request return status 200
`,
    )
    const child = spawn(haproxy ?? '', ['-f', config, '-db'], { stdio: ['ignore', 'ignore', 'pipe'] })
    let words = ''
    child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()))
    try {
      const ask = async (token: string): Promise<number> => {
        for (let attempt = 0; ; attempt++) {
          try {
            const headers = { authorization: `Bearer ${token}` }
            return (await fetch(`http://127.0.0.1:${port}/`, { headers })).status
          } catch (error) {
            if (attempt > 50 || child.exitCode !== null) throw new Error(`haproxy: ${words}`, { cause: error })
            await new Promise((resolve) => setTimeout(resolve, 100))
          }
        }
      }
      const { good, expired, altered } = tokens.get(algorithm) ?? { good: '', expired: '', altered: [] }
      expect(await ask(good)).toBe(200)
      for (const token of altered) expect(await ask(token)).toBe(401)
      expect(await ask(expired)).toBe(403)
    } finally {
      child.kill('SIGKILL')
    }
  })
})

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
