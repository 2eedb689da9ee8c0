// Asks over kept connections, as browsers do. No answer is one of the answers.
import { Agent, request } from 'node:http'

export interface Answered {
  readonly status: number
  readonly text: string
  readonly cookies: readonly string[]
}

/** No answer is one of the answers: undefined. */
export type Ask = (
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
) => Promise<Answered | undefined>

/** `from` is the address that the proxy in front is to have seen. */
export function createAsker(from?: string): { readonly ask: Ask; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const ask: Ask = (port, method, path, headers, body) =>
    new Promise((resolve) => {
      const json = body === undefined ? undefined : JSON.stringify(body)
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          method,
          path,
          agent,
          timeout: 20_000,
          headers: {
            'sec-fetch-site': 'same-origin',
            ...(from !== undefined && { 'x-forwarded-for': from }),
            ...headers,
            ...(json !== undefined && {
              'content-type': 'application/json',
              'content-length': String(Buffer.byteLength(json)),
            }),
          },
        },
        (response) => {
          let text = ''
          response.on('data', (chunk: Buffer) => (text += chunk.toString()))
          response.on('error', () => resolve(undefined))
          response.on('close', () =>
            resolve(
              response.complete
                ? { status: response.statusCode ?? 0, text, cookies: response.headers['set-cookie'] ?? [] }
                : undefined,
            ),
          )
        },
      )
      sent.on('timeout', () => sent.destroy())
      sent.on('error', () => resolve(undefined))
      sent.end(json)
    })
  return { ask, close: () => agent.destroy() }
}
