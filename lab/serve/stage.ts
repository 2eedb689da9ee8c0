// One target on stage for a person: its server, what its wire carried, and the attacker's desk with what came out so far.
import { mkdirSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Attack } from '../attack.ts'
import { attacks } from '../attacks/index.ts'
import type { Running, Target } from '../targets/target.ts'
import { asNote, compile } from '../world/payload.ts'

export const VICTIM = { email: 'victim@example.test', password: 'a password nobody guesses' }
export const ATTACKER = { email: 'attacker@example.test', password: 'another password, not guessed' }

export interface Stage {
  readonly target: Target
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void
  /** The page that the chosen attack shows on another site or a sibling host, if it shows one. */
  lurePage(site: 'evil' | 'sibling'): string | undefined
  /** Takes in what an injected script sent. */
  take(loot: Readonly<Record<string, unknown>>): void
  /** Puts an attack in place, and resolves when it is; undefined takes every attack away. */
  arm(attack: Attack | undefined): Promise<void>
  /** Takes a copy of what the victim's browser last sent: the copied-secret attacks begin with it. */
  copyFromWire(): void
  /** The attacker's machine uses what it has. */
  use(what: 'token' | 'refresh'): Promise<void>
  later(minutes: number): void
  state(): object
  close(): Promise<void>
}

/** Told, not played: they need host names with TLS, or two browsers. */
const NOT_BY_HAND = ['cookie-overwrite', 'cookie-plant', 'cookie-toss']

export async function openStage(target: Target, port: number, directory: string): Promise<Stage> {
  const place = join(directory, target.name)
  mkdirSync(place, { recursive: true })
  const host = `${target.name}.localhost:${port}`
  const evil = `http://evil.localhost:${port}/${target.name}`
  let moved = 0
  const running: Running = await target.start({
    origin: `http://${host}`,
    directory: place,
    now: () => Date.now() + moved,
  })
  for (const { email, password } of [VICTIM, ATTACKER]) await running.addPerson(email, password)

  const loot = new Map<string, string>()
  const desk: string[] = []
  const wire: string[] = []
  let seen: { authorization?: string; cookies: Map<string, string> } = { cookies: new Map() }
  let armed: Attack | undefined
  const note = (list: string[], line: string): void => {
    list.push(line)
    if (list.length > 500) list.splice(0)
  }

  const watch = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = '', url = '', headers } = request
    const outside = headers['user-agent'] === 'outside'
    const cookies = (headers.cookie ?? '').split('; ').filter((pair) => pair !== '')
    if (!outside) {
      if (headers.authorization !== undefined) seen = { ...seen, authorization: headers.authorization }
      for (const pair of cookies) seen.cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    response.once('finish', () => {
      if (!url.startsWith('/api/')) return
      const set = [response.getHeader('set-cookie') ?? []].flat().map((line) => String(line).replace(/=.*/, ''))
      const carried = [
        ...(headers.authorization === undefined
          ? []
          : [headers.dpop === undefined ? 'a bearer token' : 'a token and a proof']),
        ...cookies.map((pair) => `cookie ${pair.replace(/=.*/, '')}`),
      ]
      note(
        wire,
        `${outside ? 'attacker’s machine' : (headers['sec-fetch-site'] ?? 'browser')}: ${method} ${url} ${carried.length > 0 ? `with ${carried.join(', ')}` : 'without credentials'} → ${response.statusCode}${set.length > 0 ? `, sets ${set.join(', ')}` : ''}`,
      )
    })
    running.listener(request, response)
  }

  /** The attacker's machine: a request of its own, with nothing but loot in it. */
  const ask = (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<string> =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(
        { host: '127.0.0.1', port, method, path, headers: { host, 'user-agent': 'outside', ...headers } },
        (response) => {
          let text = ''
          response.on('data', (chunk: Buffer) => (text += chunk.toString()))
          response.on('end', () => resolve(`${response.statusCode} ${text}`))
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })

  return {
    target,
    listener: watch,
    lurePage: (site) => armed?.lure?.(site, `http://${host}`, ATTACKER),
    take(found) {
      const kinds = Object.entries(found).flatMap(([kind, value]) => {
        if (typeof value !== 'string') return []
        loot.set(kind, value)
        return [kind]
      })
      note(
        desk,
        kinds.length > 0 ? `The script sent: ${kinds.join(', ')}.` : 'The script ran to its end and sent nothing.',
      )
    },
    async arm(attack) {
      running.forget()
      armed = attack
      loot.clear()
      desk.splice(0)
      wire.splice(0)
      if (attack?.script === undefined) return
      const code = compile(
        attack.script.payload,
        { to: ATTACKER.email, worker: target.worker ?? '', ...attack.script.params },
        evil,
      )
      if (attack.script.when === 'early') running.setVendor(code)
      else
        await ask('POST', '/api/notes', { 'content-type': 'application/json' }, JSON.stringify({ text: asNote(code) }))
    },
    copyFromWire() {
      const token =
        target.access === 'bearer'
          ? seen.authorization?.replace(/^(Bearer|DPoP) /, '')
          : seen.cookies.get(target.access.cookie)
      if (token !== undefined) loot.set('token', token)
      const refresh = [...seen.cookies].find(([name]) => name === target.refreshCookie || name.startsWith('hallpass-'))
      if (target.refreshCookie !== undefined && refresh !== undefined) loot.set('refresh', refresh.join('='))
      note(
        desk,
        loot.size > 0
          ? `Copied from the wire: ${[...loot.keys()].join(', ')}.`
          : 'There was nothing on the wire to copy yet.',
      )
    },
    async use(what) {
      const value = loot.get(what)
      if (value === undefined) return note(desk, `There is no ${what} here to use.`)
      if (what === 'refresh') {
        const answer = await ask(
          'POST',
          '/api/auth/refresh',
          { 'content-type': 'application/json', cookie: value },
          '{}',
        )
        const token = /"accessToken":"([^"]+)"/.exec(answer)?.[1]
        if (token !== undefined) loot.set('token', token)
        return note(
          desk,
          `Refreshing on another machine: ${token === undefined ? answer.slice(0, 120) : '200, and a new token.'}`,
        )
      }
      const headers: Record<string, string> =
        target.access === 'bearer'
          ? { authorization: `Bearer ${value}` }
          : { cookie: `${target.access.cookie}=${value}` }
      const answer = await ask('GET', '/api/profile', headers)
      note(desk, `On another machine the API answers: ${answer.slice(0, 120)}`)
    },
    later: (minutes) => (moved += minutes * 60_000),
    state: () => ({
      armed: armed?.name,
      kinds: [...loot].map(([kind, value]) => `${kind}: ${value.slice(0, 12)}…`),
      desk,
      wire,
      moved: Math.round(moved / 60_000),
      transfers: running.ledger.find({ deed: 'transfer' }).map(({ by, detail }) => `${by} sent 10 to ${detail}`),
      votes: running.ledger.find({ deed: 'vote' }).map(({ by, detail }) => `${by} voted for ${detail}`),
      attacks: attacks.map(({ name, group, title, what, why, stops, script, lure }) => ({
        name,
        group,
        title,
        what,
        why,
        stops,
        how:
          script?.when === 'early'
            ? 'early'
            : NOT_BY_HAND.includes(name)
              ? 'measured'
              : script
                ? 'late'
                : lure
                  ? 'lure'
                  : group === 'copied secret'
                    ? 'copied'
                    : 'measured',
      })),
    }),
    close: () => running.close(),
  }
}
