// A small world around one real server: browsers with a cookie jar, messages that are late, lost or doubled, a thief with
// copies, a clock, a database that falls back. What happens in it is decided by the test; after every step it is held against
// a plain model: who is signed in where, and what has ended.
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import { ORIGIN, type Opened, PASSWORD } from './in-process.ts'
import { claimsOf, readSessionAnswer, type SessionAnswer } from './session-answer.ts'

const MINUTE = 60_000
const IDLE = 7 * 24 * 60 * MINUTE
const ABSOLUTE = 30 * 24 * 60 * MINUTE
/** How far a database may fall back and be healed, in generations. */
const HEALED = 4

/** A row as it once stood. */
interface Standing {
  readonly generation: number
  readonly proven: number
  readonly rotatedAt: number
}

interface Session {
  readonly id: string
  readonly person: number
  readonly createdAt: number
  /** When something ended it, for good: nothing may bring it back. */
  endedAt: number | undefined
  /** A copy of one of its tokens is about: its owner may be signed out too. */
  stolen: boolean
  /** Rows it has had, oldest first. */
  readonly rows: Standing[]
  /** The row it has. */
  row: Standing
  /** How often a token of it was presented, and when last. */
  presented: number
  presentedAt: number
  /** Who came, each over a minute after the last, and was answered. */
  turns: readonly Turn[]
}

interface Turn {
  readonly who: string
  /** What they came with, and what they were given. */
  readonly with: string
  readonly given: string | undefined
}

export interface Message {
  readonly tab: number
  readonly cookie: string
  readonly held: string | undefined
  /** How long its round trip has taken, milliseconds. */
  since: number
  /** What came back; undefined while it is a request. */
  readonly answer: SessionAnswer | undefined
  /** The turns of its session, should the answer arrive before anybody else comes. */
  readonly turns?: readonly Turn[]
  readonly presented?: number
}

/** A tab, two to a browser: they share a cookie jar, and nothing else that is trusted here. */
interface Tab {
  readonly browser: { jar: string | undefined }
  /** The session its page holds. */
  held: string | undefined
  accessToken: string | undefined
}

export interface World {
  readonly tabs: readonly Tab[]
  readonly messages: Message[]
  readonly copies: { cookie: string; readonly session: string }[]
  send(tab: number): void
  /** A request reaches the server; `again` leaves it on the way, to arrive once more. */
  deliver(index: number, again: boolean): Promise<void>
  receive(index: number): void
  lose(index: number): void
  pass(milliseconds: number): void
  clockBack(milliseconds: number): void
  signIn(tab: number, person: number, received: boolean): Promise<void>
  signOut(tab: number, everywhere: boolean, received: boolean): Promise<void>
  changePassword(tab: number): Promise<void>
  steal(tab: number): void
  thiefRefresh(copy: number): Promise<void>
  fallBack(session: number, generations: number): void
  /** Nothing that ended is good for anything. */
  finish(): Promise<void>
}

interface Person {
  readonly id: string
  readonly email: string
  password: string
}

interface Seen {
  readonly turns: readonly Turn[]
  readonly presented: number
}

export function createWorld(
  { auth, clock, events }: Opened,
  databaseFile: string,
  people: readonly Person[],
  roundTrip: number,
): World {
  const sessions = new Map<string, Session>()
  const tabs = [0, 1, 2].flatMap((): Tab[] => {
    const browser = { jar: undefined }
    return [0, 1].map(() => ({ browser, held: undefined, accessToken: undefined }))
  })
  const messages: Message[] = []
  const copies: World['copies'] = []
  const tokens: { readonly session: string; readonly token: string; readonly setBack: number }[] = []
  /** How often the clock was put back. */
  let setBack = 0
  let changes = 0
  /** Every refresh token by what it says: two of the same are the same bytes. */
  const minted = new Map<string, string>()

  const ask = async (
    path: string,
    cookie: string | undefined,
    more: Record<string, string | undefined> = {},
    body?: unknown,
  ): Promise<SessionAnswer> => {
    const headers = new Headers({ 'sec-fetch-site': 'same-origin' })
    if (cookie !== undefined) headers.set('cookie', cookie)
    for (const [name, value] of Object.entries(more)) if (value !== undefined) headers.set(name, value)
    if (body !== undefined) headers.set('content-type', 'application/json')
    const init = { method: 'POST', headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
    return read(await auth.fetch(new Request(`${ORIGIN}/api/auth/${path}`, init)))
  }

  const read = async (response: Response): Promise<SessionAnswer> => {
    const answer = await readSessionAnswer(response)
    const { cookie } = answer
    if (answer.sessionId !== undefined) {
      expect(answer.userId, 'the session is its own person’s').toBe(
        people[of(answer.sessionId)?.person ?? -1]?.id ?? answer.userId,
      )
      if (answer.accessToken !== undefined) {
        tokens.push({ session: answer.sessionId, token: answer.accessToken, setBack })
      }
      if (cookie !== undefined && cookie !== '') {
        const { sid, gen, iat } = claimsOf(cookie)
        expect(sid, 'the cookie is of the session that was answered').toBe(answer.sessionId)
        const known = minted.get(`${sid} ${gen} ${iat}`)
        expect(cookie, 'what says the same is the same bytes').toBe(known ?? cookie)
        minted.set(`${sid} ${gen} ${iat}`, cookie)
      }
    }
    return answer
  }

  const of = (id: string | undefined): Session | undefined => (id === undefined ? undefined : sessions.get(id))
  const sessionOf = (cookie: string): Session | undefined => of(claimsOf(cookie).sid)

  const begin = (answer: SessionAnswer, person: number): void => {
    const id = answer.sessionId ?? ''
    expect(answer.userId).toBe(people[person]?.id)
    const at = clock.now()
    const row = { generation: 0, proven: -1, rotatedAt: at }
    const fresh = { endedAt: undefined, stolen: false, presented: 0, presentedAt: at, turns: [] }
    sessions.set(id, { id, person, createdAt: at, rows: [row], row, ...fresh })
  }

  const take = (tab: Tab, answer: SessionAnswer): void => {
    if (answer.cookie !== undefined) tab.browser.jar = answer.cookie === '' ? undefined : answer.cookie
    if (answer.accessToken !== undefined) {
      tab.held = answer.sessionId
      tab.accessToken = answer.accessToken
    }
    // What the client does when it is told so: it forgets, and starts over as a fresh page would.
    if (answer.status === 401 || answer.status === 409) tab.held = undefined
  }

  /** A refresh as the server sees it, by the owner or by a thief. */
  const present = async (who: string, cookie: string, held: string | undefined): Promise<SessionAnswer & Seen> => {
    const session = sessionOf(cookie)
    if (session === undefined) throw new Error('every token in this world is of a session of it')
    const now = clock.now()
    const idle = now - session.row.rotatedAt >= IDLE
    const absolute = now >= session.createdAt + ABSOLUTE
    const apart = now - Math.max(session.presentedAt, session.row.rotatedAt) > MINUTE
    const before = events.length
    const answer = await ask('refresh', cookie, { 'hallpass-session': held })
    const outcome = events.slice(before).find((event) => event.event === 'refresh')?.outcome
    const story = `${who}: ${outcome} ${answer.status} ${String(answer.code)}`

    if (held !== undefined && held !== session.id) {
      expect([answer.status, answer.code, answer.cookie], story).toEqual([409, 'session_changed', undefined])
      return { ...answer, turns: session.turns, presented: session.presented }
    }
    if (session.endedAt !== undefined || absolute) {
      expect([answer.status, answer.code], `nothing comes back: ${story}`).toEqual([401, 'session_ended'])
    } else if (!session.stolen && !idle) {
      expect([200, 503], `an honest client is not signed out: ${story}`).toContain(answer.status)
    }
    if (answer.status === 200) expect(answer.sessionId, 'nobody becomes somebody else').toBe(session.id)
    // What has only run out is not written; what was reused is.
    if (answer.status === 401 && !idle && !absolute) session.endedAt ??= clock.now()

    if (outcome === 'rotated' || outcome === 'recovered' || outcome === 'healed') {
      const proven = outcome === 'recovered' ? session.row.proven : claimsOf(cookie).gen
      session.row = { generation: claimsOf(answer.cookie ?? '').gen, proven, rotatedAt: now }
      session.rows.push(session.row)
    }
    const turn = { who, with: cookie, given: answer.cookie }
    const turns = apart ? [...session.turns, turn] : []
    session.presentedAt = now
    session.presented += 1
    session.turns = [] // until it is known that the answer arrived
    const [first, second, third] = turns.slice(-3)
    if (session.stolen && third !== undefined && first?.who === third.who && second?.who !== third.who) {
      if (third.with === first.given)
        expect(session.endedAt, `two who hold one session lose it: ${story}`).toBeDefined()
    }
    return { ...answer, turns, presented: session.presented }
  }

  /**
   * No access token of an ended session is good: at once, whatever clock it was, and ever after, unless the clock was put back
   * since it was minted (an end is forgotten when by the clock its last token has died).
   */
  const refused = async (among: (token: (typeof tokens)[number]) => boolean): Promise<void> => {
    for (const one of tokens.filter(among)) {
      if (of(one.session)?.endedAt === undefined) continue
      const { ok } = await auth.guard.check(`Bearer ${one.token}`)
      expect(ok, 'no access token of an ended session is good').toBe(false)
    }
  }

  /** These have just ended: it is felt at once. */
  const end = async (those: readonly Session[]): Promise<void> => {
    const fresh = those.filter((session) => session.endedAt === undefined)
    for (const session of fresh) session.endedAt = clock.now()
    await refused((token) => fresh.some(({ id }) => id === token.session))
  }
  const allOf = (person: number) => [...sessions.values()].filter((session) => session.person === person)
  const lives = (session: Session | undefined): session is Session =>
    session !== undefined &&
    session.endedAt === undefined &&
    clock.now() < session.createdAt + ABSOLUTE &&
    clock.now() - session.row.rotatedAt < IDLE

  return {
    tabs,
    messages,
    copies,

    send(index) {
      const tab = tabs[index]
      if (tab?.browser.jar === undefined) return
      messages.push({ tab: index, cookie: tab.browser.jar, held: tab.held, since: 0, answer: undefined })
    },

    async deliver(index, again) {
      const message = messages[index]
      if (message === undefined || message.answer !== undefined) return
      if (!again) messages.splice(index, 1)
      const { turns, presented, ...answer } = await present(`browser ${message.tab >> 1}`, message.cookie, message.held)
      messages.push({ ...message, answer, turns, presented })
    },

    receive(index) {
      const message = messages[index]
      const tab = message && tabs[message.tab]
      if (tab === undefined || message?.answer === undefined) return
      messages.splice(index, 1)
      take(tab, message.answer)
      const session = sessionOf(message.cookie)
      if (session !== undefined && session.presented === message.presented) session.turns = message.turns ?? []
    },

    lose: (index) => void messages.splice(index, 1),

    pass(milliseconds) {
      clock.advance(milliseconds)
      for (const message of messages) message.since += milliseconds
      // What would take longer than a round trip takes was lost.
      messages.splice(0, messages.length, ...messages.filter((message) => message.since <= roundTrip))
    },

    clockBack(milliseconds) {
      clock.advance(-milliseconds)
      setBack += 1
    },

    async signIn(index, person, received) {
      const tab = tabs[index]
      if (tab === undefined) return
      const { jar } = tab.browser
      const held = jar === undefined ? undefined : sessionOf(jar)
      const headers = new Headers({
        'sec-fetch-site': 'same-origin',
        ...(jar !== undefined && { cookie: jar }),
      })
      const request = new Request(`${ORIGIN}/sign-in`, { method: 'POST', headers })
      const response = await auth.sessions.start(people[person]?.id ?? '', { request, amr: ['hwk'] })
      if (lives(held)) await end([held])
      const answer = await read(response)
      expect(answer.status).toBe(200)
      begin(answer, person)
      if (received) take(tab, answer)
    },

    async signOut(index, everywhere, received) {
      const tab = tabs[index]
      if (tab?.browser.jar === undefined) return
      const session = sessionOf(tab.browser.jar)
      const answer = await ask('logout', tab.browser.jar, {}, everywhere ? { everywhere } : {})
      expect(answer.status).toBe(204)
      if (lives(session)) await end(everywhere ? allOf(session.person) : [session])
      if (!received) return
      take(tab, answer)
      tab.held = undefined
      tab.accessToken = undefined
    },

    async changePassword(index) {
      const tab = tabs[index]
      const session = of(tab?.held)
      const person = session && people[session.person]
      if (tab?.accessToken === undefined || session === undefined || person === undefined) return
      changes += 1
      const next = `${PASSWORD} ${changes}`
      const bearer = { authorization: `Bearer ${tab.accessToken}` }
      const answer = await ask('password', tab.browser.jar, bearer, { current: person.password, next })
      if (answer.status !== 200) {
        expect(answer.status, 'the access token has run out, or its session').toBe(401)
        return
      }
      expect(session.endedAt, 'who is signed out changes no password').toBeUndefined()
      person.password = next
      await end(allOf(session.person))
      begin(answer, session.person)
      take(tab, answer)
    },

    steal(index) {
      const cookie = tabs[index]?.browser.jar
      const session = cookie === undefined ? undefined : sessionOf(cookie)
      if (cookie === undefined || session === undefined) return
      session.stolen = true
      session.turns = []
      copies.push({ cookie, session: session.id })
    },

    async thiefRefresh(index) {
      const copy = copies[index]
      if (copy === undefined) return
      const answer = await present(`thief ${index}`, copy.cookie, undefined)
      if (answer.cookie) copy.cookie = answer.cookie
      const session = of(copy.session)
      if (session !== undefined) session.turns = answer.turns
    },

    fallBack(index, generations) {
      const session = [...sessions.values()][index % Math.max(1, sessions.size)]
      if (session === undefined || session.endedAt !== undefined || session.stolen) return
      const onTheWay = messages.some((message) => sessionOf(message.cookie) === session)
      const newest = Math.max(0, ...session.rows.map((row) => row.generation))
      const standing = session.rows.findLast((row) => row.generation <= newest - generations)
      if (onTheWay || standing === undefined || newest - standing.generation > HEALED) return
      const file = new DatabaseSync(databaseFile, { timeout: 5_000 })
      file
        .prepare('update hallpass_sessions set generation = ?, proven = ?, rotated_at = ? where id = ?')
        .run(standing.generation, standing.proven, standing.rotatedAt, session.id)
      file.close()
      session.row = standing
    },

    async finish() {
      await refused((token) => token.setBack === setBack)
      for (const cookie of minted.values()) {
        if (sessionOf(cookie)?.endedAt === undefined) continue
        expect((await ask('refresh', cookie)).code, 'nothing that ended comes back').toBe('session_ended')
      }
    },
  }
}
