// Stopping: whoever was being answered gets the answer, and then the process is gone with nothing to repair.
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { cookiePairs } from '../support/http-exchange.ts'
import { startProgram } from '../support/program.ts'
import { waitFor } from '../support/wait-for.ts'

const person = { email: 'ada@example.com', password: 'a difference engine of words' }

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: requests in flight are answered, then it ends with code 0',
  async (signal) => {
    const program = await startProgram()
    try {
      // In flight for certain: the head and half of the body have arrived, and the other half has not.
      const body = JSON.stringify(person)
      const inFlight = request({
        port: program.port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/api/auth/register',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          expect: '100-continue',
        },
      })
      inFlight.flushHeaders()
      // The server says "go on" when it has the request in hand.
      await once(inFlight, 'continue')
      inFlight.write(body.slice(0, 10))

      program.process.kill(signal)
      await waitFor(() => program.output().includes(`${signal}: finishing what is in flight`))
      // It says so first and closes the door then: who comes in between is reset, who comes later is refused.
      await waitFor(async () => (await outcomeOfConnecting(program.port)) === 'ECONNREFUSED')

      const answered = once(inFlight, 'response') as Promise<[{ statusCode: number; resume(): void }]>
      inFlight.end(body.slice(10))
      const [response] = await answered
      response.resume()
      expect(response.statusCode).toBe(201)

      await waitFor(() => program.process.exitCode !== null)
      expect(program.process.exitCode).toBe(0)
      expect(program.output()).toContain('stopped')
    } finally {
      await program.close()
    }
  },
)

function outcomeOfConnecting(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve('connected')
    })
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
  })
}

test('an idle connection keeps nobody waiting', async () => {
  const program = await startProgram()
  try {
    const idle = connect(program.port, '127.0.0.1')
    await once(idle, 'connect')
    idle.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await once(idle, 'data')
    expect(await program.stop()).toBe(0)
  } finally {
    await program.close()
  }
})

test('after a stop, and after a kill, it goes on where it was', async () => {
  const program = await startProgram()
  const { dataDirectory, port } = program
  const jar = cookiePairs(await program.ask('POST', '/api/auth/register', { json: person }))[0] ?? ''
  expect(await program.stop()).toBe(0)

  for (const end of ['stop', 'kill'] as const) {
    const again = await startProgram({ dataDirectory, port })
    expect((await again.ask('POST', '/api/auth/refresh', { headers: [['Cookie', jar]] })).status).toBe(200)
    await again[end]()
  }
  await program.close()
})
