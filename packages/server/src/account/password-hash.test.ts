// The hashing of passwords, with the real argon2: its parameters, its bytes, and as much at once as was decided and no more.
import { availableParallelism } from 'node:os'
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createPasswordHasher, DEFAULT_PARAMETERS, HasherBusy } from './password-hash.ts'

const hasher = (parameters = DEFAULT_PARAMETERS) => createPasswordHasher({ parameters, random: randomBytes })

test('argon2id with the parameters that were decided, and a salt of its own', async () => {
  const { hash } = hasher()
  const [one, two] = [await hash('correct horse battery'), await hash('correct horse battery')]
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(one).not.toBe(two)
})

test('every byte counts: NUL, the 73rd, the last', async () => {
  const { hash, verify } = hasher()
  for (const [password, other] of [
    ['before\0after', 'before\0other'],
    ['x'.repeat(72) + 'a', 'x'.repeat(72) + 'b'],
    ['x'.repeat(255) + 'a', 'x'.repeat(255) + 'b'],
  ] as const) {
    const phc = await hash(password)
    expect(await verify(phc, password)).toEqual({ matches: true, outdated: false })
    expect(await verify(phc, other)).toMatchObject({ matches: false })
  }
})

test('ENU-02: without an account the same one computation is done, and nothing matches', async () => {
  const { hash, verify, computations } = hasher()
  const phc = await hash('correct horse battery')
  const before = computations()
  await verify(phc, 'wrong')
  expect(computations() - before).toBe(1)
  expect(await verify(undefined, 'wrong')).toEqual({ matches: false, outdated: false })
  expect(computations() - before).toBe(2)
})

test('a hash under other parameters is told apart', async () => {
  const old = await hasher({ memoryCost: 7_168, timeCost: 5, parallelism: 1 }).hash('correct horse battery')
  expect(await hasher().verify(old, 'correct horse battery')).toEqual({ matches: true, outdated: true })
})

test('at most as many at once as there are cores, a bounded queue, then busy', async () => {
  const { hash, computations } = hasher()
  const cores = availableParallelism()
  const asked = Array.from({ length: cores + 64 + 10 }, () =>
    hash('correct horse battery').then(
      () => 'done',
      (error: unknown) => error,
    ),
  )
  expect(computations()).toBe(cores)
  const answers = await Promise.all(asked)
  expect(answers.filter((answer) => answer === 'done')).toHaveLength(cores + 64)
  expect(answers.filter((answer) => answer instanceof HasherBusy)).toHaveLength(10)
  // The places are free again.
  await expect(hash('correct horse battery')).resolves.toContain('$argon2id$')
})
