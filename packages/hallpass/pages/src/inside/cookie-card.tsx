// The refresh cookie: what the browser was told about it, attribute by attribute, and why. Its value is nowhere to be seen.
import type { InsideData } from './inside-data.ts'

const WORDS: Readonly<Record<string, string>> = {
  Path: 'It travels to the sign-in paths and nowhere else: not to the demo API, not to this page.',
  HttpOnly: 'No script can read it, whoever wrote the script.',
  Secure: 'It is never sent over plain http.',
  SameSite: 'No other site can make your browser send it.',
}

const NO_SECURE =
  'Missing here, because this is plain http on your own machine and one of the browsers would refuse it. An https issuer always sets it, with a name that begins with __Http-.'

/** In the order in which they are sent, for the space to keep until they are known. */
const EXPECTED = [
  ['Path', ''],
  ['Max-Age', ''],
  ['HttpOnly', ''],
  ['SameSite', ''],
] as const

export function CookieCard({ data }: { data: InsideData | undefined }) {
  const cookie = data?.cookie
  const attributes = cookie?.attributes ?? EXPECTED
  const secure = attributes.some(([name]) => name === 'Secure')
  return (
    <section className="panel" aria-labelledby="cookie" aria-busy={data === undefined}>
      <h2 id="cookie">The cookie behind it</h2>
      <p>
        {data !== undefined && cookie === undefined
          ? 'The server has not set one since it was started, so these are the ones it would set. '
          : 'The pass is renewed with a refresh token, which lives in this cookie. '}
        {data !== undefined && came(data)}
      </p>
      <dl className="attributes">
        <div>
          <dt className="code">{cookie?.name ?? <span className="blank" />}</dt>
          <dd>{cookie === undefined ? 'Its value is not shown.' : `${cookie.valueBytes} bytes that are not shown.`}</dd>
        </div>
        {attributes.map(([name, value]) => (
          <div key={name}>
            <dt className="code">{value === '' ? name : `${name}=${value}`}</dt>
            <dd>{name === 'Max-Age' ? maxAgeWords(value) : WORDS[name]}</dd>
          </div>
        ))}
        {!secure && (
          <div>
            <dt className="code missing">Secure</dt>
            <dd>{NO_SECURE}</dd>
          </div>
        )}
      </dl>
    </section>
  )
}

function maxAgeWords(seconds: string): string {
  const days = seconds === '' ? 'Some days' : `${Math.round(Number(seconds) / 86_400)} days`
  return `${days}, then the browser forgets it. The server forgets it sooner when it lies unused.`
}

function came({ cookie, carriedCookies }: InsideData): string {
  if (cookie === undefined) return ''
  return carriedCookies.includes(cookie.name)
    ? 'It came along with the request for this page.'
    : 'It did not come along with the request for this page: see Path.'
}
