// One request and its answer over a socket, with nothing helped along: headers as often and as odd as the test writes them, the
// path byte for byte, no cookie jar, no redirects.
import { request as httpRequest } from 'node:http'

export interface Question {
  /** Pairs, so that a name may come twice. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Sent as JSON, with its content type, unless the headers name another. */
  readonly json?: unknown
  /** Sent as it is. */
  readonly body?: string | Uint8Array
}

export interface Answer {
  readonly status: number
  /** Lower-case names; what came twice is joined, but for `setCookies`. */
  readonly headers: Readonly<Record<string, string>>
  readonly setCookies: readonly string[]
  readonly text: string
  /** The code of a problem document, '' of anything else. */
  readonly code: string
  /** The body as JSON; an empty object when it is none. */
  readonly json: Readonly<Record<string, unknown>>
}

/** Asks `origin` and gives what it answered. Rejects when there was no answer. */
export function exchange(origin: string, method: string, path: string, question: Question): Promise<Answer> {
  const { json, body = json === undefined ? undefined : JSON.stringify(json) } = question
  const headers = [...(question.headers ?? [])]
  const named = (name: string) => headers.some(([other]) => other.toLowerCase() === name)
  if (json !== undefined && !named('content-type')) headers.push(['Content-Type', 'application/json'])
  if (body !== undefined && !named('content-length') && !named('transfer-encoding'))
    headers.push(['Content-Length', String(Buffer.byteLength(body))])
  if (!named('host')) headers.unshift(['Host', new URL(origin).host])

  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin)
    const request = httpRequest({ hostname, port, method, path, headers: headers.flat(), agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const parsed = asObject(text)
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(response.headersDistinct).map(([name, values = []]) => [name, values.join(', ')]),
          ),
          setCookies: response.headersDistinct['set-cookie'] ?? [],
          text,
          code: typeof parsed['code'] === 'string' ? parsed['code'] : '',
          json: parsed,
        })
      })
    })
    // The server may answer before it has read a body that is too large, and hang up: the answer is what counts.
    request.on('error', reject)
    request.end(body)
  })
}

/** `name=value` of each Set-Cookie, for the Cookie header of the next request. */
export function cookiePairs({ setCookies }: Pick<Answer, 'setCookies'>): readonly string[] {
  return setCookies.map((line) => line.split(';', 1)[0] ?? '')
}

function asObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
