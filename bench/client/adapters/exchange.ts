// One request to an adapter, read and answered.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

export interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  /** A form or JSON: the members that are text. */
  readonly body: Readonly<Record<string, string>>
  readonly cookies: Readonly<Record<string, string>>
  send(status: number, json: unknown, headers?: Readonly<Record<string, string | readonly string[]>>): void
  page(html: string, headers?: Readonly<Record<string, string>>): void
  redirect(address: string, headers?: Readonly<Record<string, string>>): void
}

export function listener(answer: (asked: Asked) => Promise<void> | void): RequestListener {
  return (request, response) => {
    read(request, response)
      .then(answer)
      .catch((error: unknown) => response.destroy(error as Error))
  }
}

async function read(request: IncomingMessage, response: ServerResponse): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const isJson = request.headers['content-type']?.includes('json') ?? false
  const write = (status: number, body: string, headers: Readonly<Record<string, string | readonly string[]>>): void => {
    response.writeHead(status, { 'cache-control': 'no-store', ...headers })
    response.end(body)
  }
  return {
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', 'http://localhost'),
    headers: request.headers,
    body: isJson
      ? (JSON.parse(text || '{}') as Record<string, string>)
      : Object.fromEntries(new URLSearchParams(text).entries()),
    cookies: Object.fromEntries(
      (request.headers.cookie ?? '').split('; ').map((pair) => {
        const at = pair.indexOf('=')
        return [pair.slice(0, at), pair.slice(at + 1)]
      }),
    ),
    send: (status, json, headers) =>
      write(status, JSON.stringify(json), { 'content-type': 'application/json', ...headers }),
    page: (html, headers) => write(200, html, { 'content-type': 'text/html', ...headers }),
    redirect: (location, headers) => write(302, '', { location, ...headers }),
  }
}
