// As much of vitest as the token core's tests use, for the mutation run: the whole suite, in this process, many times, and only until
// something fails. vitest itself takes seconds to start, which is too much for each of a hundred and sixty weakenings. That it judges
// as vitest does is shown by the run without a weakening: there every test must pass.
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'

type Body = (...args: never[]) => unknown
interface Entry {
  readonly name: string
  readonly run: () => unknown
}

/** What a test file has registered since it was last taken. */
let entries: Entry[] = []
let before: (() => unknown)[] = []
let after: (() => unknown)[] = []

/** Runs what the last imported file registered, up to the first failure; answers its name, or undefined when all pass. */
export async function runRegistered(skip: RegExp): Promise<string | undefined> {
  const mine = { entries, before, after }
  entries = []
  before = []
  after = []
  try {
    for (const step of mine.before) await step()
    for (const { name, run } of mine.entries) {
      if (skip.test(name)) continue
      try {
        await run()
      } catch (error) {
        return `${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`
      }
    }
    return undefined
  } finally {
    for (const step of mine.after) await Promise.resolve(step()).catch(() => undefined)
  }
}

const context = { task: { file: { projectName: 'rooms' } } }
const add = (name: string, run: () => unknown): void => void entries.push({ name, run })

export const test = Object.assign(
  (name: string, body: Body) => add(name, () => (body as (c: unknown) => unknown)(context)),
  {
    each:
      (table: readonly unknown[]) =>
      (name: string, body: Body): void => {
        // Rows are spread over the arguments only when all of them are lists.
        const spread = table.every(Array.isArray)
        for (const row of table) {
          const args = spread ? (row as readonly unknown[]) : [row]
          add(`${name} ${JSON.stringify(args)?.slice(0, 60)}`, () => (body as (...args: unknown[]) => unknown)(...args))
        }
      },
  },
)
export const describe = (_: string, body: () => void): void => body()
export const beforeAll = (step: () => unknown): void => void before.push(step)
export const afterAll = (step: () => unknown): void => void after.push(step)

const subset = (value: unknown, part: unknown): boolean =>
  typeof part === 'object' && part !== null
    ? typeof value === 'object' &&
      value !== null &&
      Object.entries(part).every(([name, inner]) => subset((value as Record<string, unknown>)[name], inner))
    : Object.is(value, part)

/** Without members that are undefined, as `toEqual` looks at things. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => (inner === undefined ? [] : [[name, plain(inner)]])),
  )
}

function thrownMatches(error: unknown, expected: unknown): boolean {
  if (expected === undefined) return error !== undefined
  if (typeof expected === 'string') return error instanceof Error && error.message.includes(expected)
  return error instanceof (expected as typeof Error)
}

function caught(run: unknown): unknown {
  try {
    ;(run as () => unknown)()
    return undefined
  } catch (error) {
    return error ?? new Error('something falsy')
  }
}

/** Each matcher as a question about a value; `threw` is set when the value is what a promise was rejected with. */
const questions: Readonly<Record<string, (value: unknown, expected: unknown, threw: boolean) => boolean>> = {
  toBe: (value, expected) => Object.is(value, expected),
  toEqual: (value, expected) => isDeepStrictEqual(plain(value), plain(expected)),
  toMatchObject: subset,
  toThrow: (value, expected, threw) => thrownMatches(threw ? value : caught(value), expected),
  toHaveLength: (value, expected) => (value as { length: number }).length === expected,
  toHaveProperty: (value, expected) => typeof value === 'object' && value !== null && String(expected) in value,
  toBeUndefined: (value) => value === undefined,
  toBeTypeOf: (value, expected) => typeof value === expected,
  toBeInstanceOf: (value, expected) => value instanceof (expected as typeof Error),
  toContain: (value, expected) => (value as string).includes(expected as string),
  toBeGreaterThan: (value, expected) => (value as number) > (expected as number),
  toBeGreaterThanOrEqual: (value, expected) => (value as number) >= (expected as number),
  toBeLessThanOrEqual: (value, expected) => (value as number) <= (expected as number),
}

type Matchers = Record<string, (expected?: unknown) => unknown>

const matchers = (judge: (name: string, expected: unknown) => unknown): Matchers =>
  Object.fromEntries(Object.keys(questions).map((name) => [name, (expected?: unknown) => judge(name, expected)]))

function judged(value: unknown, negate: boolean, threw = false): Matchers {
  return matchers((name, expected) => {
    const yes = questions[name]?.(value, expected, threw)
    assert.equal(yes, !negate, `${String(value)} ${negate ? 'not ' : ''}${name} ${String(expected)}`)
  })
}

async function rejection(value: unknown): Promise<unknown> {
  try {
    await (typeof value === 'function' ? (value as () => unknown)() : value)
  } catch (error) {
    return error
  }
  return assert.fail('it was not rejected')
}

const about = (value: unknown) =>
  Object.assign(judged(value, false), {
    not: judged(value, true),
    rejects: matchers(async (name, expected) => judged(await rejection(value), false, true)[name]?.(expected)),
  })

export const expect = Object.assign(about, { soft: about })
