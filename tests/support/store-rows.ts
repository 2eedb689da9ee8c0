// Rows as a store is given them, with what a test does not care about filled in.
import { randomBytes, randomUUID } from 'node:crypto'

export const START = 1_800_000_000_000
export const DAY = 24 * 3_600_000

export const audit = { at: START, event: 'test' }

export interface SessionToInsert {
  readonly id: string
  readonly subject: string
  readonly nonceHash: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly authTime: number
  readonly amr: readonly string[]
  readonly user: { readonly id: string; readonly email?: string; readonly name?: string }
  readonly device: { readonly userAgent?: string; readonly address?: string }
  readonly binding: string | null
  readonly persistent: boolean
}

export function newSession(given: Partial<SessionToInsert> = {}): SessionToInsert {
  const { subject = 'ada' } = given
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

export interface AccountToCreate {
  readonly id: string
  readonly email: string
  readonly emailKey: string
  readonly emailVerified: boolean
  readonly name: string | null
  readonly passwordHash: string
  readonly createdAt: number
}

export function newAccount(given: Partial<AccountToCreate> = {}): AccountToCreate {
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
