// What each line of a pass means, and what a guard does with it (RFC 7519, 4.1; RFC 9068, 2.2; RFC 8176).

export interface Explained {
  readonly name: string
  readonly value: string
  /** What a machine reads, when it is not what a person should. */
  readonly raw: string | undefined
  readonly words: string
}

const HEADER_WORDS: Readonly<Record<string, string>> = {
  alg: 'How it is signed. A guard has made up its mind about this before; it never lets the pass choose.',
  typ: 'What it is: an access token. Any other kind of token shown at a door is refused for this line alone.',
  kid: 'Which key signed it. Anyone can fetch the public half, at /api/auth/jwks, and check the signature alone.',
}

const CLAIM_WORDS: Readonly<Record<string, string>> = {
  iss: 'Who issued it. A pass from elsewhere opens nothing here, however well it is signed.',
  aud: 'Whom it is for. A service refuses a pass that was made for another one.',
  sub: 'Who you are: an id that never changes and says nothing. No name and no e-mail, for a pass is not encrypted.',
  sid: 'The session it comes from. Sign that out, and every guard refuses this pass, without asking a database.',
  jti: 'The number of this one pass. The next one has another.',
  iat: 'When it was made.',
  exp: 'When it ends. Short, because until then it opens doors for whoever holds it.',
  auth_time: 'When you last proved who you are. A renewal does not move this.',
  amr: 'How you proved it: “pwd” is a password.',
}

const MOMENTS = new Set(['iat', 'exp', 'auth_time'])
const OWN = 'A claim this deployment has added. Anyone who holds the pass can read it.'
const CLOCK = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

export function explainHeader(header: Readonly<Record<string, unknown>>): readonly Explained[] {
  return explain(header, HEADER_WORDS)
}

export function explainClaims(claims: Readonly<Record<string, unknown>>): readonly Explained[] {
  return explain(claims, CLAIM_WORDS)
}

/** The names in the order in which they stand in a pass, for the space to keep until one is there. */
export const expectedHeader: readonly string[] = ['alg', 'typ', 'kid']
export const expectedClaims: readonly string[] = ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp', 'auth_time', 'amr']

export function wordsOf(name: string): string {
  return HEADER_WORDS[name] ?? CLAIM_WORDS[name] ?? OWN
}

function explain(
  members: Readonly<Record<string, unknown>>,
  words: Readonly<Record<string, string>>,
): readonly Explained[] {
  return Object.entries(members).map(([name, value]) => {
    const raw = plain(value)
    const moment = MOMENTS.has(name) && typeof value === 'number'
    return {
      name,
      value: moment ? CLOCK.format(value * 1000) : raw,
      raw: moment ? raw : undefined,
      words: words[name] ?? OWN,
    }
  })
}

function plain(value: unknown): string {
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value.map(plain).join(', ') : JSON.stringify(value)
}
