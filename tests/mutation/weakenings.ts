// Hand-made weakenings of the token core, one for each protection: a text of the source and what stands there instead. Each must make
// a test fail (main.ts). The text must occur in the file; a weakening that no longer applies fails too.

/** `tests` are the files that should notice; the whole suite would too, but takes longer. */
export interface Weakening {
  readonly file: string
  readonly find: string
  readonly put: string
  readonly tests: readonly string[]
}

const of =
  (file: string, ...tests: readonly string[]) =>
  (find: string, put: string): Weakening => ({
    file,
    find,
    put,
    tests: tests.map((test) => `packages/token/src/${test}.test.ts`),
  })

const compact = of('compact.ts', 'attacks/enc', 'attacks/alg')
const json = of('json.ts', 'attacks/enc')
const header = of('header.ts', 'attacks/hdr', 'attacks/key', 'attacks/alg', 'attacks/clm', 'keys')
const claims = of('claims.ts', 'attacks/clm', 'sign')
const jws = of('jws.ts', 'attacks/alg', 'attacks/key', 'keys', 'cache')
const algorithms = of('algorithms.ts', 'keys', 'attacks/alg', 'attacks/key', 'attacks/sig', 'keys')
const keys = of('keys.ts', 'attacks/alg', 'attacks/key', 'attacks/key-import', 'keys')
const jwk = of('jwk.ts', 'attacks/key-import', 'attacks/alg', 'attacks/key', 'attacks/sig')
const rsa = of('rsa.ts', 'attacks/key-import', 'wycheproof')
const keySet = of('key-set.ts', 'attacks/key', 'keys', 'rfc')
const key = of('key.ts', 'keys', 'cache', 'attacks/key')
const cache = of('cache.ts', 'cache')
const verifier = of('verifier.ts', 'cache')
const sign = of('sign.ts', 'sign')
const options = of('verify-options.ts', 'keys', 'attacks/clm')
const node = of('crypto/node.ts', 'attacks/enc', 'attacks/sig', 'crypto/backend')
const der = of('crypto/ecdsa-der.ts', 'crypto/backend')
const dpop = of('dpop.ts', 'attacks/dpp')
const target = of('target.ts', 'attacks/dpp')
const createProof = of('create-proof.ts', 'attacks/dpp')
const proofHeader = of('header.ts', 'attacks/hdr', 'attacks/key', 'attacks/dpp')
const hmac = of('crypto/hmac.ts', 'crypto/backend', 'attacks/enc', 'attacks/sig')

export const weakenings: readonly Weakening[] = [
  compact("if (typeof token !== 'string') return refuse('not a string')", ''),
  compact('token.length > maxLength', 'false'),
  compact(' second === token.length - 1 ||', ''),
  compact(" || token.includes('.', second + 1)", ''),

  json('depth > MAX_DEPTH', 'false'),
  json('countInside(item, escapes, depth)', 'countInside(item, escapes, 0)'),
  json('countMembers(value, escapes, depth + 1)', 'countMembers(value, escapes, depth)'),
  json('countMembers(value, escapes, 1) !== expected', 'countMembers(value, escapes, 1) < 0 && expected < 0'),
  json("if (name === '__proto__')", 'if (false)'),
  json('if (!text.isWellFormed())', 'if (false)'),
  json('countText(name, escapes) + ', ''),
  json('if (!escapes) return colonsIn(text)', 'if (!escapes) return 0'),
  json('!Number.isFinite(value) || ', ''),
  json(' || (Number.isInteger(value) && !Number.isSafeInteger(value))', ''),
  json(" || Array.isArray(value)) return refuse('not a JSON object')", ") return refuse('not a JSON object')"),
  json("typeof value !== 'object' || ", ''),
  json('value === null || ', ''),
  json("const escapes = text.includes('\\\\')", 'const escapes = false'),
  json('if (inner === BACKSLASH) i++', ''),

  header("if (typeof alg !== 'string')", 'if (false)'),
  header('!(algorithms as readonly string[]).includes(alg)', 'false'),
  ...['crit', 'b64', 'zip', 'cty', 'enc'].map((name) => header(`'${name}'`, "'-'")),
  ...['jwk', 'jku', 'x5u', 'x5c'].map((name) => header(`'${name}'`, "'-'")),
  header("typ !== undefined && typeof typ !== 'string'", 'false'),
  header("typeof kid !== 'string' || ", "typeof kid === 'symbol' || "),
  header("kid === '' || ", ''),
  header(' || kid.length > KID_MAX', ''),
  header('typ === undefined || ', 'typ !== undefined && '),
  header(' || mediaType(typ) !== type', ''),
  header("rest.includes('/') ? lower : rest", 'rest'),
  header('/[A-Z]/g, (letter) => letter.toLowerCase()', '/[^]/gu, (letter) => letter.toLowerCase()'),
  header("typeof type !== 'string' || ", 'false && '),

  claims("checkIssuer(claims['iss'], rules)", ''),
  claims("checkAudience(claims['aud'], rules)", ''),
  claims("checkId(claims['sub'], 'sub')", ''),
  claims("checkId(claims['jti'], 'jti')", ''),
  claims("checkTimes(claims['exp'], claims['nbf'], claims['iat'], rules, now)", ''),
  claims('!Object.hasOwn(claims, name)', '!(name in claims)'),
  claims("claims['cnf'] !== undefined", "claims['cnf'] === 0"),
  claims("if (exp === undefined) wrong('claim_missing', 'exp', 'is missing')", 'if (exp === undefined) return'),
  claims("if (!isDate(exp)) return wrong('claim_invalid', 'exp', 'is not a date')", 'if (!isDate(exp)) return'),
  claims('now >= exp + rules.tolerance', 'now > exp + rules.tolerance'),
  claims('now >= exp + rules.tolerance', 'now >= exp + 600'),
  claims('exp - now > rules.maxLifetime + rules.tolerance', 'false'),
  claims("if (nbf !== undefined) checkStart(nbf, 'nbf', rules, now)", ''),
  claims("if (iat !== undefined) checkStart(iat, 'iat', rules, now)", ''),
  claims("if (!isDate(value)) return wrong('claim_invalid', name, 'is not a date')", 'if (!isDate(value)) return'),
  claims('value > now + rules.tolerance', 'value > now + 600'),
  claims("typeof iss !== 'string'", 'false'),
  claims('iss !== rules.issuer', '!String(iss).startsWith(rules.issuer)'),
  claims('!Array.isArray(aud) || ', "typeof aud === 'number' || "),
  claims(" || !aud.every((one) => typeof one === 'string')", ''),
  claims('if (rules.audience.includes(aud)) return', 'if (rules.audience.some((one) => one.includes(aud))) return'),
  claims('aud.some((one) => rules.audience.includes(one))', 'aud.every((one) => rules.audience.includes(one))'),
  claims("typeof value !== 'string' || value === ''", "value === ''"),
  claims(" || value === ''", ''),
  claims(' || value.length > MAX_ID', ''),
  claims('value >= 0 && ', ''),
  claims(' && value <= MAX_DATE', ''),
  claims("typeof value === 'number' && value >= 0", 'Number(value) >= 0'),

  jws('if (!good) ', 'if (good === undefined) '),
  jws('key === undefined || key === null', 'key === undefined'),
  jws('handle?.verify === undefined', 'false'),
  jws('key.algorithm !== header.alg', 'false'),
  jws('header.kid !== key.kid', 'false'),
  jws('parts.header === lastText', 'lastText !== undefined'),
  jws('if (key !== lastKey)', 'if (lastKey === undefined)'),
  jws('if (handle.verify === undefined)', 'if (false)'),
  jws('if (!algorithms.includes(keys.algorithm))', 'if (false)'),

  algorithms('Object.hasOwn(table, value)', 'value in table'),
  algorithms(' || value.length === 0', ''),
  algorithms('for (const algorithm of algorithms) algorithmRow(algorithm)', ''),
  algorithms(
    "HS256: { scheme: 'hmac', kty: 'oct', hash: 'SHA-256', bytes: 32",
    "HS256: { scheme: 'hmac', kty: 'oct', hash: 'SHA-256', bytes: 31",
  ),
  algorithms(
    "PS256: { scheme: 'rsa-pss', kty: 'RSA', hash: 'SHA-256', bytes: 32",
    "PS256: { scheme: 'rsa-pss', kty: 'RSA', hash: 'SHA-256', bytes: 33",
  ),

  keys('bytes.length < row.bytes', 'bytes.length < 1'),
  keys('new Set(bytes).size < LEAST_VARIETY', 'false'),
  keys("if (row.kty !== 'oct') throw", 'if (false) throw'),
  keys('!(bytes instanceof Uint8Array)', 'false'),
  keys('signature === undefined || !(await publicHandle.verify?.(probe, signature))', 'signature === undefined'),
  keys("typeof value === 'string' ? ([name, value]", 'value !== undefined ? ([name, value]'),
  keys('!Object.hasOwn(THUMBPRINT_MEMBERS, kty)', '!(kty in THUMBPRINT_MEMBERS)'),
  keys('if (error instanceof TokenError) throw error', 'throw error'),

  jwk("!has('kty') || jwk['kty'] !== row.kty", 'false'),
  jwk("has('alg') && jwk['alg'] !== algorithm", 'false'),
  jwk("typeof value !== 'object' || value === null || Array.isArray(value)", 'false'),
  jwk("use !== undefined && use !== 'sig'", 'false'),
  jwk('!needed.some((operation) => operations.includes(operation))', 'false'),
  jwk(' || new Set(operations).size !== operations.length', ''),
  jwk("typeof kid !== 'string' || ", "typeof kid === 'symbol' || "),
  jwk(" || kid === ''", ''),
  jwk(' || kid.length > 256', ''),
  jwk('bytes(name).length === length ? text(name)', 'bytes(name).length > 0 ? text(name)'),
  jwk("checkRsa(bytes('n'), bytes('e'))", ''),
  jwk("if (isSmallOrder(bytes('x')))", 'if (false)'),
  jwk("if (jwk['oth'] !== undefined)", 'if (false)'),
  jwk("type === 'public' && PRIVATE_MEMBERS.some(has)", 'false'),

  rsa('modulus[0] === 0 || ', ''),
  rsa(' || exponent[0] === 0', ''),
  rsa('bits < MIN_BITS || ', 'bits < 1024 || '),
  rsa(' || bits > MAX_BITS', ''),
  rsa('if (n % 2n === 0n)', 'if (false)'),
  rsa('if (exponent.length > 4)', 'if (false)'),
  rsa('e < 65537n || ', ''),
  rsa(' || e % 2n === 0n', ''),
  rsa('if (isRoca(n))', 'if (false)'),
  rsa('if (isFermatClose(n))', 'if (false)'),

  keySet('if (named.has(key.kid))', 'if (false)'),
  keySet('new Set(keys.map((key) => key.type)).size > 1', 'false'),
  keySet('handleOf(key)?.verify === undefined', 'false'),
  keySet('key?.algorithm === alg ? key : undefined', 'key'),
  keySet('candidates.length === 1', 'candidates.length > 0'),
  keySet('all.filter((key) => key.algorithm === alg)', 'all'),
  keySet('keys.length > MAX_KEYS', 'false'),
  keySet('kid !== undefined && kids.has(kid)', 'false'),
  keySet('if (kinds.size > 1)', 'if (false)'),
  keySet("kty !== 'oct' && PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))", 'false'),
  keySet("jwk.use !== undefined && jwk.use !== 'sig'", 'false'),
  keySet('fitting.length === 1', 'fitting.length > 0'),

  key(' || Array.isArray(value)', ''),
  key('if (ours === undefined || theirs === undefined) return false', ''),
  key('kid === one.kid && ', ''),
  key('members.every((name) => ours[name] === theirs[name])', 'true'),

  cache('entry !== undefined && entry.token === token', 'entry !== undefined'),
  cache('costOf(token) > share', 'false'),
  verifier('key !== entry.key', 'false'),
  verifier('!isSameKey(entry.key, key)', 'false'),
  verifier('checkTimes(claims.exp, claims.nbf, claims.iat, demands.rules, demands.now() / 1000)', ''),
  verifier('freezeDeep(verified)', ''),
  verifier('if (isLater(key)) key.catch(() => undefined)', ''),

  sign('checkOwnClaims(claims)\n', ''),
  sign('token.length > MAX_LENGTH', 'false'),
  sign("if (json.includes('\\\\ud')) checkWellFormed(json)", ''),
  sign('if (signInput === undefined)', 'if (false)'),
  sign('readType(options.type)', ''),

  options("issuer === ''", 'false'),
  options('audience.length === 0 || ', ''),
  options(" && one !== ''", ''),
  options('clockTolerance >= 0 && ', ''),
  options(' && clockTolerance <= 600', ''),
  options('!(maxLifetime > 0)', 'false'),
  options("refuseUnknown(options, [...NAMES, ...more], 'a verifier')", ''),

  node("return bytes.toString('base64url') === part ? bytes : undefined", 'return bytes'),
  node("if (scratch.toString('base64url', 0, length) !== part) return undefined", ''),
  node(' && !isUtf8(scratch.subarray(0, length)) ?', ' && false ?'),
  node("text.includes('\\ufffd') && !isUtf8(scratch.subarray(0, length))", "text.includes('\\ufffd')"),
  node('bytes !== undefined && isUtf8(bytes) ?', 'bytes !== undefined ?'),
  node('|| bytes.length !== length', '|| bytes.length < 1'),
  node(', saltLength: row.bytes }', ' }'),
  node('text.length * 3 > SCRATCH', 'text.length > SCRATCH'),

  der('return (raw[at] ?? 0) >> 7', 'return 0'),
  der('if (highBit(raw, start)) der[at++] = 0', 'at += highBit(raw, start)'),
  der('while (at < end - 1 && raw[at] === 0) at++', ''),
  der('if (at - from > bytes) from = at - bytes', ''),
  der('content > 127 ? 1 : 0', '0'),
  hmac(' && mac === expected', ''),
  hmac('if (message.length !== end)', 'if (message.length < end)'),
  hmac('if (input.length > MAX_LENGTH) return long(input)', ''),
  hmac('key.length > row.block ? ', 'false ? '),
  hmac('byte ^ 0x5c', 'byte ^ 0x36'),

  proofHeader("if (proof && name === 'jwk') continue", "if (name === 'jwk') continue"),
  proofHeader("if (proof && name === 'jwk') continue", 'if (proof) continue'),
  claims(
    'if (rules.keyBound) checkConfirmation',
    'if (!rules.keyBound) return\n  if (rules.keyBound) checkConfirmation',
  ),
  claims("if (cnf === undefined) wrong('claim_missing', 'cnf', 'is missing')", 'if (cnf === undefined) return'),
  claims("typeof jkt !== 'string' || !/^[\\w-]{43}$/.test(jkt) || ", ''),
  claims('!/^[\\w-]{43}$/.test(jkt) || ', ''),
  claims(' || Object.keys(others).length > 0', ''),
  dpop("if (algorithms.some((algorithm) => algorithmRow(algorithm).kty === 'oct'))", 'if (false)'),
  dpop('!(value >= 0 && value <= 600)', 'false'),
  dpop('algorithms, TYPE, true', 'algorithms, undefined, true'),
  dpop("if (key.type !== 'public')", 'if (false)'),
  dpop('if (good !== true)', 'if (false)'),
  dpop('jti.length > MAX_ID', 'false'),
  dpop("typeof jti !== 'string' || ", ''),
  dpop("jti === '' || ", ''),
  dpop("if (typeof htm !== 'string') return wrong(htm, 'htm', 'is not a string')", ''),
  dpop(
    "if (typeof htu !== 'string') return wrong(htu, 'htu', 'is not a string')",
    "if (typeof htu !== 'string') return undefined as never",
  ),
  dpop("if (!isDate(iat)) return wrong(iat, 'iat', 'is not a date')", 'if (!isDate(iat)) return undefined as never'),
  dpop("typeof nonce !== 'string') return", 'false) return'),
  dpop('if (htm !== request.method)', 'if (false)'),
  dpop('htm !== request.method', 'htm.toUpperCase() !== request.method'),
  dpop('if (!request.urls.some((url) => sameTarget(htu, url)))', 'if (false)'),
  dpop('request.urls.some((url)', 'request.urls.slice(0, 1).some((url)'),
  dpop('if (ath !== (accessToken', 'if (ath !== undefined && ath !== (accessToken'),
  dpop('accessToken === undefined ? undefined :', 'accessToken === undefined ? ath :'),
  dpop('request.thumbprint !== found', 'false'),
  dpop('seconds > iat + maxAge + clockTolerance', 'false'),
  dpop('seconds < iat - clockTolerance', 'false'),
  dpop('iat + maxAge + clockTolerance', 'iat + maxAge'),
  dpop(
    'nonce === undefined || !request.nonces.includes(nonce)',
    'nonce !== undefined && !request.nonces.includes(nonce)',
  ),
  dpop('!request.nonces.includes(nonce)', 'false'),
  target('$/i', '/i'),
  target('^(https', '(https'),
  target('[^/?#\\\\@\\s]+', '[^/?#\\\\\\s]+'),
  target('ours === theirs', 'ours?.toLowerCase() === theirs?.toLowerCase()'),
  target('new URL(authority).origin + path', 'new URL(authority + path).href'),
  createProof("href.replace(/[?#].*$/, '')", 'href'),
]
