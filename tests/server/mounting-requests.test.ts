// What the adapters make of a request and an answer, seen from inside: a fetch that tells what it was given, and one that streams.
import express from 'express'
import { connect } from 'node:net'
import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { mount as mountExpress } from '@hallpass/server/express'
import { mount as mountHono } from '@hallpass/server/hono'
import { mount as mountNode } from '@hallpass/server/node'
import { APP_COOKIES, frameworks, type App } from '../support/frameworks.ts'
import { exchange } from '../support/http-exchange.ts'
import { waitFor } from '../support/wait-for.ts'

const guard = { check: () => Promise.reject(new Error('not asked in these tests')) }

describe.each(Object.entries(frameworks))('%s', (name, start) => {
  const running = async (fetch: (request: Request) => Promise<Response>, test: (app: App) => Promise<void>) => {
    const app = await start({ guard, auth: { fetch } })
    try {
      await test(app)
    } finally {
      await app.close()
    }
  }

  test('bytes of a body, headers that came twice and the whole path arrive as they were sent', async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)
    const seen: { url: string; twice: string | null; body: Uint8Array }[] = []
    const fetch = async (request: Request) => {
      seen.push({
        url: request.url,
        twice: request.headers.get('x-twice'),
        body: new Uint8Array(await request.arrayBuffer()),
      })
      return new Response(null, { status: 204 })
    }
    await running(fetch, async (app) => {
      const headers = [
        ['Content-Type', 'application/octet-stream'],
        ['X-Twice', 'a'],
        ['X-Twice', 'b'],
      ] as const
      expect(
        (await exchange(app.address, 'POST', '/api/auth/a%20b/%2F?c=d&c=%F0', { body: bytes, headers })).status,
      ).toBe(204)
    })
    const url = new URL(seen[0]?.url ?? '')
    expect(url.pathname + url.search).toBe('/api/auth/a%20b/%2F?c=d&c=%F0')
    expect(seen[0]?.twice).toBe('a, b')
    expect(Buffer.from(seen[0]?.body ?? []).equals(bytes)).toBe(true)
  })

  test('two Authorization headers arrive as two, so that they can be refused', async () => {
    const seen: (string | null)[] = []
    const fetch = async (request: Request) => {
      seen.push(request.headers.get('authorization'))
      return new Response()
    }
    await running(fetch, async (app) => {
      const headers = [
        ['Authorization', 'Bearer a'],
        ['Authorization', 'Bearer b'],
      ] as const
      await exchange(app.address, 'GET', '/api/auth/me', { headers })
    })
    expect(seen).toEqual(['Bearer a, Bearer b'])
  })

  test('an answer of one person is never sent to the next', async () => {
    let count = 0
    const fetch = async () =>
      new Response('x', {
        headers: [
          ['set-cookie', `secret=${count++}`],
          ['vary', 'Cookie'],
        ],
      })
    await running(fetch, async (app) => {
      for (const turn of [0, 1, 2]) {
        const answer = await exchange(app.address, 'GET', '/api/auth/me', {})
        expect(answer.setCookies).toEqual([...APP_COOKIES, `secret=${turn}`])
        expect(answer.headers['vary']).toBe('Accept-Language, Cookie')
      }
    })
  })

  test('events arrive as they happen, and their source is cancelled when the client leaves', async () => {
    let [cancelled, push] = [false, (_text: string): void => undefined]
    const fetch = async () => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          push = (text) => controller.enqueue(Buffer.from(text))
        },
        cancel: () => {
          cancelled = true
        },
      })
      return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-transform' } })
    }
    await running(fetch, async (app) => {
      const request = httpRequest(`${app.address}/api/auth/events`, { agent: false }).end()
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      let received = ''
      response.on('data', (chunk: Buffer) => (received += chunk.toString()))
      response.on('error', () => undefined)
      for (const turn of ['1', '2', '3']) {
        push(`data: ${turn}\n\n`)
        await waitFor(() => received.endsWith(`data: ${turn}\n\n`))
      }
      request.destroy()
      await waitFor(() => cancelled)
    })
  })

  test('a server told to close is closed, although somebody goes on asking on a connection that stays open', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    let [arrived, release] = [false, (): void => undefined]
    const released = new Promise<void>((resolve) => (release = resolve))
    const fetch = async () => {
      arrived = true
      await released
      return new Response('x')
    }
    const app = await start({ guard, auth: { fetch } })
    const ending = new AbortController()
    const asking = (async () => {
      while (!ending.signal.aborted) {
        const request = httpRequest(`${app.address}/api/auth/revocations`, { agent }).end()
        const [response] = (await once(request, 'response')) as [IncomingMessage]
        await response.resume().toArray()
      }
    })().catch(() => 'refused, as it should be')
    // One is under way when the server is told, so its connection is not closed with the idle ones.
    await waitFor(() => arrived)
    const stopped = app.stop()
    release()
    await stopped
    ending.abort()
    await asking
    agent.destroy()
  })

  test('a request whose client has left says so', async () => {
    let signal: AbortSignal | undefined
    const fetch = (request: Request) => {
      signal = request.signal
      return new Promise<Response>((resolve) => signal?.addEventListener('abort', () => resolve(new Response('late'))))
    }
    await running(fetch, async (app) => {
      const request = httpRequest(`${app.address}/api/auth/me`, { agent: false }).end()
      request.on('error', () => undefined)
      await waitFor(() => signal !== undefined)
      expect(signal?.aborted).toBe(false)
      request.destroy()
      await waitFor(() => signal?.aborted === true)
      expect(app.errors).toEqual([])
    })
  })

  test('one whose answer was sent does not', async () => {
    const signals: AbortSignal[] = []
    const fetch = async (request: Request) => {
      signals.push(request.signal)
      return Response.json({})
    }
    await running(fetch, async (app) => {
      await exchange(app.address, 'GET', '/api/auth/me', {})
      await exchange(app.address, 'POST', '/api/auth/me', { json: {} })
      await waitFor(() => signals.length === 2)
      expect(signals.map((signal) => signal.aborted)).toEqual([false, false])
    })
  })

  test('a server that breaks is a 500 by the application’s own error handling', async () => {
    const bug = new Error('a bug')
    await running(
      () => Promise.reject(bug),
      async (app) => {
        expect((await exchange(app.address, 'GET', '/api/auth/me', {})).status).toBe(500)
        expect(app.errors).toEqual([bug])
      },
    )
  })

  test.skipIf(name === 'hono')('no request names the origin that the server sees', async () => {
    const seen: string[] = []
    const fetch = async (request: Request) => {
      seen.push(request.url)
      return new Response()
    }
    await running(fetch, async (app) => {
      const lines = [
        'GET /api/auth/me HTTP/1.1\r\nHost: evil.example',
        'GET /api/auth/me HTTP/1.1\r\nHost: evil.example:99999999',
        'GET /api/auth/me HTTP/1.1\r\nHost: x\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https',
      ]
      for (const head of lines) await raw(app.address, head)
    })
    expect(seen).toEqual(seen.map(() => 'http://hallpass.invalid/api/auth/me'))
    expect(seen).toHaveLength(3)
  })
})

test('a target that is more than a path names no host', async () => {
  const seen: string[] = []
  const fetch = async (request: Request) => {
    seen.push(request.url)
    return new Response()
  }
  const listener = mountNode({ fetch })
  const server = createServer((request, response) => void listener(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  for (const target of ['//evil.example/a', 'http://evil.example/a?b', 'https://evil.example:1/a', '/a/../b'])
    await raw(`http://127.0.0.1:${port}`, `GET ${target} HTTP/1.1\r\nHost: evil.example`)
  await raw(`http://127.0.0.1:${port}`, 'OPTIONS * HTTP/1.1\r\nHost: evil.example')
  server.close()
  const origin = 'http://hallpass.invalid'
  expect(seen).toEqual([`${origin}//evil.example/a`, `${origin}/a?b`, `${origin}/a`, `${origin}/b`, `${origin}/`])
})

describe('a body that was read before and kept nowhere is a mistake that names its fix', () => {
  const auth = { fetch: () => Promise.resolve(new Response('reached')) }
  const question = { json: { email: 'a@example.com' } }
  const drain = async (request: IncomingMessage) => {
    for await (const _ of request);
  }

  test('Express', async () => {
    const errors: unknown[] = []
    const app = express()
    app.use(async (request, _response, next) => {
      await drain(request)
      next()
    })
    app.use('/api/auth', mountExpress(auth))
    app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      errors.push(error)
      response.status(500).end()
    })
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const answer = await exchange(`http://127.0.0.1:${port}`, 'POST', '/api/auth/login', question)
    expect(answer.status).toBe(500)
    expect(errors).toEqual([expect.any(TypeError)])
    expect(String(errors[0])).toContain('mount Hallpass before')
    server.close()
  })

  test('node:http', async () => {
    const errors: unknown[] = []
    const server = createServer((request, response) => {
      const answer = async () => {
        await drain(request)
        await mountNode(auth)(request, response)
      }
      answer().catch((error: unknown) => {
        errors.push(error)
        response.writeHead(500).end()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    expect((await exchange(`http://127.0.0.1:${port}`, 'POST', '/api/auth/login', question)).status).toBe(500)
    expect(errors).toEqual([expect.any(TypeError)])
    // Without a body there is nothing to be missed.
    expect((await exchange(`http://127.0.0.1:${port}`, 'POST', '/api/auth/refresh', {})).text).toBe('reached')
    server.close()
  })

  test('Hono', async () => {
    const { Hono } = await import('hono')
    const errors: unknown[] = []
    const app = new Hono()
    app.use(async (c, next) => {
      await c.req.raw.arrayBuffer()
      await next()
    })
    app.all('/api/auth/*', mountHono(auth))
    app.onError((error, c) => {
      errors.push(error)
      return c.body(null, 500)
    })
    const answer = await app.request('/api/auth/login', { method: 'POST', body: '{}' })
    expect(answer.status).toBe(500)
    expect(String(errors[0])).toContain('mount Hallpass before')
  })
})

test.each([-1, 1.5, NaN, '1', null])('trustedProxies: %s is a mistake that shows at the start', (trustedProxies) => {
  const auth = { fetch: () => Promise.resolve(new Response()) }
  const options = { trustedProxies: trustedProxies as number }
  expect(() => mountNode(auth, options)).toThrow(TypeError)
  expect(() => mountHono(auth, options)).toThrow(TypeError)
})

/** Sends a head that no client library would, and waits for the answer. */
async function raw(address: string, head: string): Promise<string> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  socket.end(`${head}\r\nConnection: close\r\n\r\n`)
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  await once(socket, 'close')
  return answer
}
