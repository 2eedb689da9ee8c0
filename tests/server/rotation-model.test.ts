// Random histories against the real server and a plain model (tests/support/rotation-world.ts): refreshes that are late, lost
// or doubled, theft, sign-out, sign-in as somebody else, a changed password, clocks that jump, a database that falls back.
// No honest client is signed out, a copy out of step ends its session, nothing that ended comes back, nobody becomes somebody
// else. HALLPASS_HISTORIES=1000 for the long form.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Opened, open, PASSWORD } from '../support/in-process.ts'
import { createWorld, type World } from '../support/rotation-world.ts'

const HISTORIES = Number(process.env['HALLPASS_HISTORIES'] ?? 40)
const SECOND = 1_000
const HOUR = 3_600 * SECOND

let directory: string
let server: Opened
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hallpass-model-'))
  server = await open({ database: join(directory, 'hallpass.db') })
})
afterAll(async () => {
  await server.auth.close()
  rmSync(directory, { recursive: true, force: true })
})

interface Setting {
  readonly world: World
  /** Tabs without a lock between them: a refresh begins while others are on the way. */
  readonly overlapping: boolean
}
type Step = fc.AsyncCommand<Setting, Setting>

const always = () => true
const step = (
  name: string,
  run: (setting: Setting) => void | Promise<void>,
  check: (setting: Setting) => boolean = always,
): Step => ({
  check,
  run: async (_, setting) => run(setting),
  toString: () => name,
})

/** Tabs 0 and 1 are of one browser, 2 and 3 of the next. */
const tab = fc.nat(5)
const person = fc.nat(1)
const nth = fc.nat(3)
const mostly = fc.integer({ min: 0, max: 9 }).map((n) => n < 8)

const free = ({ world, overlapping }: Setting, index: number) => {
  const own = world.messages.filter((message) => message.tab >> 1 === index >> 1).length
  return own < (overlapping ? 4 : 1)
}
const quiet = ({ world }: Setting, index: number) => world.messages.every((message) => message.tab >> 1 !== index >> 1)

/** A refresh that nothing befalls: what happens most. */
const wholeRefresh = async (world: World, index: number) => {
  world.send(index)
  await world.deliver(world.messages.length - 1, false)
  world.receive(world.messages.length - 1)
}

const seconds = (...among: readonly number[]) =>
  fc.constantFrom(...among).map((s) => step(`pass(${s} s)`, ({ world }) => world.pass(s * SECOND)))

/** What happens, and how often: mostly refreshes, at times that lie around the windows; ends are rare, or nothing would live. */
const anything = fc.oneof(
  {
    weight: 6,
    arbitrary: tab.map((b) =>
      step(
        `send(${b})`,
        ({ world }) => world.send(b),
        (setting) => free(setting, b),
      ),
    ),
  },
  {
    weight: 8,
    arbitrary: tab.map((b) =>
      step(
        `refresh(${b})`,
        ({ world }) => wholeRefresh(world, b),
        (setting) => free(setting, b),
      ),
    ),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(nth, mostly)
      .map(([i, once]) => step(`deliver(${i}, ${!once})`, ({ world }) => world.deliver(i, !once))),
  },
  { weight: 7, arbitrary: nth.map((i) => step(`receive(${i})`, ({ world }) => world.receive(i))) },
  { weight: 2, arbitrary: nth.map((i) => step(`lose(${i})`, ({ world }) => world.lose(i))) },
  { weight: 5, arbitrary: seconds(1, 7, 13, 14, 27, 28, 29) },
  { weight: 8, arbitrary: seconds(31, 45, 61) },
  { weight: 1, arbitrary: seconds(3_600, 86_400, 6 * 86_400) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(2, 40, 3_600)
      .map((s) => step(`clockBack(${s} s)`, ({ world }) => world.clockBack(s * SECOND))),
  },
  {
    weight: 1,
    // A sign-in waits for the refresh that is under way.
    arbitrary: fc.tuple(tab, person, mostly).map(([b, p, received]) =>
      step(
        `signIn(${b}, ${p}, ${received})`,
        ({ world }) => world.signIn(b, p, received),
        (setting) => quiet(setting, b),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(tab, mostly, mostly)
      .map(([b, alone, received]) =>
        step(`signOut(${b}, ${!alone}, ${received})`, ({ world }) => world.signOut(b, !alone, received)),
      ),
  },
  {
    weight: 1,
    arbitrary: tab.map((b) =>
      step(
        `changePassword(${b})`,
        ({ world }) => world.changePassword(b),
        (setting) => quiet(setting, b),
      ),
    ),
  },
  { weight: 1, arbitrary: tab.map((b) => step(`steal(${b})`, ({ world }) => world.steal(b))) },
  { weight: 4, arbitrary: nth.map((i) => step(`thiefRefresh(${i})`, ({ world }) => world.thiefRefresh(i))) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(nth, fc.integer({ min: 1, max: 4 }))
      .map(([i, n]) => step(`fallBack(${i}, ${n})`, ({ world }) => world.fallBack(i, n))),
  },
)

/** They stay the same through all histories; their passwords change. */
const persons: { readonly id: string; readonly email: string; password: string }[] = []
beforeAll(async () => {
  for (const email of ['ada@example.com', 'eve@example.com']) {
    const created = await server.auth.accounts.create({ email, password: PASSWORD })
    if (created.result !== 'created') throw new Error('nobody has this e-mail yet')
    persons.push({ id: created.account.id, email, password: PASSWORD })
  }
})

test.each([
  ['one refresh at a time in a browser, round trips up to 28 s', false, 28],
  ['tabs that know nothing of each other, round trips up to 14 s', true, 14],
] as const)('%s', { timeout: 300_000 + HISTORIES * 10_000 }, async (_, overlapping, roundTrip) => {
  const seen = new Set<string>()
  const history = fc.asyncProperty(fc.commands([anything], { maxCommands: 200, size: 'max' }), async (commands) => {
    const world = createWorld(server, join(directory, 'hallpass.db'), persons, roundTrip * SECOND)
    for (const index of [0, 2, 4]) await world.signIn(index, index % 4 === 0 ? 0 : 1, true)
    const setting = { world, overlapping }
    await fc.asyncModelRun(() => ({ model: setting, real: setting }), commands)
    for (const event of server.events) if (event.event === 'refresh') seen.add(event.outcome)
    await world.finish()
  })
  // A history may have put the clock back; the next one begins later.
  const prepared = history.beforeEach(() => {
    server.clock.advance(2 * HOUR)
    server.events.splice(0)
  })
  await fc.assert(prepared, { numRuns: HISTORIES })
  // The histories went somewhere.
  expect([...seen]).toEqual(expect.arrayContaining(['repeated', 'rotated', 'recovered', 'ended']))
})
