// A database that was restored from a backup has forgotten what came after it. Browsers are further ahead than a standby ever lags, so they are
// taken for strangers until an operator says what happened (`hallpass recover`), and only for as long as they say.
import { copyFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateSecret, openOperator, type Operator } from '@hallpass/server'
import { engines, startDatabases, type Databases, type EngineName } from '../support/databases.ts'
import { open, ORIGIN, testClock, type Device, type Opened } from '../support/in-process.ts'

let databases: Databases
beforeAll(async () => {
  databases = await startDatabases()
})
afterAll(() => databases.close())

const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A copy of a database that nobody has open. */
async function copy(engine: EngineName, from: string, to: string): Promise<void> {
  if (engine === 'sqlite') return copyFileSync(from, to)
  const client = new pg.Client({ connectionString: databases.postgres.url('postgres') })
  await client.connect()
  await client.query(`drop database if exists ${nameOf(to)}`)
  await client.query(`create database ${nameOf(to)} template ${nameOf(from)}`)
  await client.end()
}
interface AuditRow {
  readonly event: string
  readonly detail: string | null
}
async function rows(engine: EngineName, database: string, query: string): Promise<readonly AuditRow[]> {
  if (engine === 'sqlite') {
    const file = new DatabaseSync(database)
    const found = file
      .prepare(query)
      .all()
      .map((row) => ({ ...row })) as unknown as AuditRow[]
    file.close()
    return found
  }
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  const found = (await client.query<AuditRow>(query)).rows
  await client.end()
  return found
}
const nameOf = (url: string) => new URL(url).pathname.slice(1)

test.each(engines)(
  '%s: after a restore sessions are healed on the word of an operator, for as long as it says',
  async (engine) => {
    const database = await databases.fresh(engine)
    const backup = `${database}_backup`
    // A day behind PostgreSQL's own clock, by which an operator's word is dated.
    const clock = testClock(Date.now() - DAY)
    const options = { database, secret: generateSecret(), now: clock.now, checkPassword: (id: string) => ({ id }) }
    let node: Opened = await open(options)
    /** Does something while no server runs. */
    const between = async (work: () => Promise<void>) => {
      await node.auth.close()
      await work()
      node = await open(options)
    }
    const refresh = async (device: Device, times = 1) => {
      let outcome: unknown
      for (let index = 0; index < times; index++) {
        clock.advance(MINUTE + 1)
        const { status, code } = await device.post('refresh')
        const last = node.events.findLast(({ event }) => event === 'refresh')
        outcome = last?.event === 'refresh' ? [status, code, last.outcome] : undefined
      }
      return outcome
    }
    const restored = () => between(() => copy(engine, backup, database))
    const asOperator = (ask: (operator: Operator) => Promise<unknown>) =>
      between(async () => {
        const operator = await openOperator({ issuer: ORIGIN, ...options })
        try {
          await ask(operator)
        } finally {
          await operator.close()
        }
      })
    // A device belongs to the server it was made with; a browser takes its cookie along.
    const again = ({ cookie }: Device): Device => Object.assign(node.device(), { cookie })
    const signIn = async (email: string) => {
      const device = node.device()
      expect((await device.post('login', { email, password: 'x' })).status).toBe(200)
      return device
    }

    const [ada, bob, cleo, dan] = [await signIn('ada'), await signIn('bob'), await signIn('cleo'), await signIn('dan')]
    await between(() => copy(engine, database, backup))
    let [a, b, c, d] = [again(ada), again(bob), again(cleo), again(dan)]
    for (const device of [a, c, d]) await refresh(device, 6)
    // Somebody copies cleo's cookie, within what the backup will not know.
    const copied = again(c)
    for (const device of [a, c, d]) await refresh(device, 6)
    await refresh(b, 3)

    await restored()
    ;[a, b, c, d] = [again(a), again(b), again(c), again(d)]
    // As far as a standby lags: by itself. Further: not without a word.
    expect(await refresh(b)).toEqual([200, undefined, 'healed'])
    expect(await refresh(a)).toEqual([401, 'session_ended', 'ended'])

    await asOperator((operator) => operator.recover('1h'))
    ;[a, c] = [again(a), again(c)]
    expect(await refresh(a)).toEqual([200, undefined, 'healed'])
    expect(await refresh(a, 2)).toEqual([200, undefined, 'rotated'])
    // The copy comes first, and then its owner: two parties hold this session, and the one who comes next shows it.
    const stranger = again(copied)
    expect(await refresh(stranger)).toEqual([200, undefined, 'healed'])
    expect(await refresh(c)).toEqual([200, undefined, 'healed'])
    expect(await refresh(stranger)).toEqual([401, 'session_ended', 'reused'])

    await asOperator(async (operator) => {
      expect(await operator.recoveringUntil()).toBeGreaterThan(clock.now())
      expect([await operator.endRecovery(), await operator.endRecovery()]).toEqual([true, false])
      expect(await operator.recoveringUntil()).toBeUndefined()
      expect((await operator.verifyAudit()).faults).toEqual([])
    })
    expect(await refresh(again(d))).toEqual([401, 'session_ended', 'ended'])
    await asOperator((operator) => operator.recover('1h'))
    clock.advance(DAY + 2 * HOUR)
    expect(await refresh(again(d))).toEqual([401, 'session_ended', 'ended'])
    await asOperator((operator) => operator.recover('3d'))
    expect(await refresh(again(d))).toEqual([200, undefined, 'healed'])

    // What was handed out since the word was given is in the database; if that is restored too, it takes another word.
    const eve = await signIn('eve')
    await between(() => copy(engine, database, backup))
    const e = again(eve)
    await refresh(e, 6)
    await restored()
    expect(await refresh(again(e))).toEqual([401, 'session_ended', 'ended'])

    await node.auth.close()
    const audit = await rows(engine, database, 'select event, detail from hallpass_audit order by id')
    const told = audit.filter(({ event }) => /recover|healed/.test(event))
    expect(told).toEqual([
      { event: 'refresh_healed', detail: '{"generations":3}' },
      { event: 'recovery_declared', detail: expect.stringMatching(/^{"until":\d+}$/) },
      { event: 'refresh_healed', detail: '{"generations":12}' },
      { event: 'refresh_healed', detail: '{"generations":6}' },
      { event: 'refresh_healed', detail: '{"generations":5}' },
      { event: 'recovery_ended', detail: null },
      { event: 'recovery_declared', detail: expect.any(String) },
      { event: 'recovery_declared', detail: expect.any(String) },
      { event: 'refresh_healed', detail: '{"generations":12}' },
    ])
  },
)
