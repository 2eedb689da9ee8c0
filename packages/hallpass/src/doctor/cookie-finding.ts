// What the doctor sees of the refresh cookie: as a browser gets it, through whatever stands in front, and held against the issuer.
import { bad, good, type Finding } from './finding.ts'

const ABOUT = 'cookie'

/**
 * Judges the lines that take a cookie away, which have the name and the attributes of those that give it.
 *
 * @param lines the Set-Cookie headers of a sign-out
 */
export function cookieFinding(issuer: string, lines: readonly string[]): Finding {
  const cookies = lines.map(read)
  const [cookie] = cookies
  if (cookie === undefined)
    return bad(ABOUT, 'none comes through', 'let the proxy pass Set-Cookie; without it nobody stays signed in')
  const wrong = cookies.flatMap((each) => faults(each, issuer))
  if (wrong.length > 0)
    return bad(ABOUT, wrong.join('; '), 'let the proxy pass Set-Cookie as it comes (no proxy_cookie_path or the like)')
  return good(ABOUT, `${cookie.name}, ${cookie.attributes.join(', ')}`)
}

interface Cookie {
  readonly name: string
  readonly attributes: readonly string[]
}

function read(line: string): Cookie {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  return { name: pair.split('=', 1)[0] ?? '', attributes }
}

function faults({ name, attributes }: Cookie, issuer: string): readonly string[] {
  const has = (attribute: RegExp) => attributes.some((each) => attribute.test(each))
  const https = issuer.startsWith('https:')
  const host = /^__Host-Http-|-host$/.test(name)
  const sentences: readonly (readonly [boolean, string])[] = [
    // A name that browsers let nobody but the server set, and only over https (RFC 6265bis, section 4.1.3).
    [https && !/^__(Host-)?Http-/.test(name), `${name} is a name that a script can plant`],
    [https && !has(/^Secure$/i), `${name} is not Secure under an https issuer`],
    [!https && has(/^Secure$/i), `${name} is Secure, and no browser keeps it from ${issuer} everywhere`],
    [!has(/^HttpOnly$/i), `${name} is not HttpOnly`],
    [!has(/^SameSite=(Strict|Lax)$/i), `${name} has no SameSite`],
    [!has(host ? /^Path=\/$/ : /^Path=\/api\/auth$/), `${name} has another Path`],
    [has(/^Domain=/i), `${name} is sent to other hosts (Domain)`],
  ]
  return sentences.filter(([wrong]) => wrong).map(([, sentence]) => sentence)
}
