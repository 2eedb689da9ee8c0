// The server without sockets: its own fetch, a clock that the test sets, and devices that keep a cookie as a browser would.
import { generateSecret, hallpass, type Hallpass, type HallpassEvent, type HallpassOptions } from '@hallpass/server'

export const ORIGIN = 'https://app.example.com'
export const PASSWORD = 'correct horse battery'

export interface Clock {
  now(): number
  advance(milliseconds: number): void
}

export function testClock(start: number = Date.UTC(2026, 0, 1)): Clock {
  let at = start
  return {
    now: () => at,
    advance: (milliseconds) => void (at += milliseconds),
  }
}

export interface Opened {
  readonly auth: Hallpass
  readonly clock: Clock
  readonly events: HallpassEvent[]
  /** A device with a cookie jar of its own. */
  device(address?: string): Device
}

export interface Told {
  readonly status: number
  readonly code: unknown
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- what an answer holds is what the test asserts
  readonly json: any
  readonly headers: Headers
}

export interface Device {
  /** The pair in the jar: `name=value`, or undefined. */
  cookie: string | undefined
  token: string | undefined
  sessionId: string | undefined
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Told>
  get(path: string, headers?: Record<string, string>): Promise<Told>
  delete(path: string): Promise<Told>
}

/** Opens a server on a database; what the options leave out is what a deployment would have. */
export async function open(options: Partial<HallpassOptions> & { readonly database: string }): Promise<Opened> {
  const clock = testClock()
  const events: HallpassEvent[] = []
  const auth = await hallpass({
    issuer: ORIGIN,
    secret: generateSecret(),
    now: clock.now,
    onEvent: (event) => events.push(event),
    ...options,
  })
  return { auth, clock, events, device: (address = '192.0.2.1') => createDevice(auth, address) }
}

function createDevice(auth: Hallpass, address: string): Device {
  const device: Device = {
    cookie: undefined,
    token: undefined,
    sessionId: undefined,
    post: (path, body, headers) => ask('POST', path, body, headers),
    get: (path, headers) => ask('GET', path, undefined, headers),
    delete: (path) => ask('DELETE', path),
  }

  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    more: Record<string, string> = {},
  ): Promise<Told> => {
    const headers = new Headers({
      'sec-fetch-site': 'same-origin',
      ...(device.cookie !== undefined && { cookie: device.cookie }),
      ...(device.token !== undefined && { authorization: `Bearer ${device.token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...more,
    })
    const request = new Request(`${ORIGIN}/api/auth/${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer = await auth.fetch(request, { address })
    for (const line of answer.headers.getSetCookie()) {
      if (!line.startsWith('__Http-hallpass=')) continue
      const pair = line.split(';', 1)[0] ?? ''
      device.cookie = pair.endsWith('=') ? undefined : pair
    }
    const text = await answer.text()
    const json = text === '' ? undefined : JSON.parse(text)
    if (typeof json?.accessToken === 'string') {
      device.token = json.accessToken
      device.sessionId = json.session.id
    }
    return { status: answer.status, code: json?.code, text, json, headers: answer.headers }
  }
  return device
}
