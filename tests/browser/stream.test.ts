// A body that streams can be sent once, and only over HTTP/2: here an API of another origin, which asks the program about each token.
import { once } from 'node:events'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { MINUTE, openStage, REFRESH, type Stage } from '../support/browser.ts'
import { selfSigned } from '../support/self-signed.ts'

interface Upload {
  readonly version: string
  readonly method: string
  readonly size: number
  readonly status: number
}

let stage: Stage
const uploads: Upload[] = []
const api = createSecureServer(selfSigned(['localhost']), (request, response) => {
  answer(request, response).catch(() => response.stream.destroy())
})

beforeAll(async () => {
  stage = await openStage()
  api.listen(0, 'localhost')
  await once(api, 'listening')
})
afterEach(() => stage.tidy())
afterAll(async () => {
  await stage.close()
  api.close()
})

/** Takes an upload whole, then judges who sent it. */
async function answer(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
  const headers = {
    'access-control-allow-origin': stage.origin,
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-allow-methods': 'PUT',
    'access-control-expose-headers': 'www-authenticate',
  }
  if (request.method === 'OPTIONS') return void response.writeHead(204, headers).end()
  let size = 0
  for await (const chunk of request) size += (chunk as Buffer).length
  const { status, headers: told } = await stage.server.ask('GET', '/api/auth/verify', {
    headers: [['Authorization', request.headers.authorization ?? '']],
  })
  uploads.push({ version: request.httpVersion, method: request.method, size, status })
  response.writeHead(status, { ...headers, 'www-authenticate': told['www-authenticate'] ?? '' }).end('{}')
}

test('36: a stream is never sent twice: the caller sees the 401, and the next request has a new token', async () => {
  const address = `https://localhost:${(api.address() as AddressInfo).port}`
  const browser = await stage.browser({ ignoreHTTPSErrors: true })
  const tab = await stage.tab(browser, { origins: [stage.origin, address] })
  await stage.signUp(tab)
  const upload = () =>
    tab.evaluate((address) => {
      let left = 8
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (left-- > 0) controller.enqueue(new Uint8Array(10_000))
          else controller.close()
        },
      })
      return call(`${address}/upload`, { method: 'PUT', body, duplex: 'half' } as RequestInit)
    }, address)

  expect(await upload()).toBe(200)
  await stage.server.advance(16 * MINUTE)
  stage.proxy.forget()
  expect(await upload()).toBe(401)
  expect(stage.proxy.count(REFRESH)).toBe(1)
  expect(await upload()).toBe(200)
  expect(stage.proxy.count(REFRESH)).toBe(1)
  expect(uploads).toEqual([200, 401, 200].map((status) => ({ version: '2.0', method: 'PUT', size: 80_000, status })))
})
