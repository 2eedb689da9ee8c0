// Rows as a store is given them, with what a test does not care about filled in.
import { randomBytes, randomUUID } from 'node:crypto'

export const START = 1_800_000_000_000
export const DAY = 24 * 3_600_000

export const audit = { at: START, event: 'test' }

export function newSession<Given extends object>(given?: Given) {
  const subject = given && 'subject' in given ? String(given.subject) : 'ada'
  return {
    id: randomUUID(),
    subject,
    nonceHash: randomBytes(32).toString('hex'),
    createdAt: START,
    expiresAt: START + 30 * DAY,
    authTime: START,
    amr: ['pwd'],
    user: { id: subject },
    device: {},
    binding: null,
    persistent: true,
    ...given,
  }
}

export function newAccount<Given extends object>(given?: Given) {
  const id = randomUUID()
  return {
    id,
    email: `${id}@example.com`,
    emailKey: `${id}@example.com`,
    emailVerified: false,
    name: null,
    passwordHash: '$argon2id$first',
    createdAt: START,
    ...given,
  }
}

export const ending = (at = START, reason = 'everywhere' as const) => ({ at, reason, revokedUntil: at + 900_000 })

/** The write of the straight path: one generation on. */
export function nextGeneration(row: { nonceHash: string; generation: number; rotatedAt: number }, now: number) {
  const { nonceHash, generation, rotatedAt } = row
  return {
    when: { nonceHash, generation, rotatedAt, binding: null, now },
    write: { generation: generation + 1, proven: generation, rotatedAt: now },
  }
}
