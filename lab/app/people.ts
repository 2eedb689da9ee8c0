// Who has an account in the little application of a target that keeps its own users, and what they may do.
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'

export interface Person {
  readonly email: string
  readonly role: string
}

export interface People {
  add(email: string, password: string): Promise<void>
  find(email: string): Person | undefined
  /** The person this e-mail and password belong to. */
  prove(email: string, password: string): Person | undefined
  setPassword(email: string, password: string): void
  setRole(email: string, role: string): void
}

export function createPeople(): People {
  const rows = new Map<string, { salt: Buffer; hash: Buffer; role: string }>()
  const hash = (password: string, salt: Buffer) => scryptSync(password, salt, 32, { N: 1024 })
  const row = (email: string) => {
    const found = rows.get(email)
    if (found === undefined) throw new Error('nobody has that address')
    return found
  }
  const setPassword = (email: string, password: string) => {
    const salt = randomBytes(16)
    rows.set(email, { role: rows.get(email)?.role ?? 'member', salt, hash: hash(password, salt) })
  }
  const find = (email: string) => (rows.has(email) ? { email, role: row(email).role } : undefined)
  return {
    add: async (email, password) => setPassword(email, password),
    find,
    prove(email, password) {
      const known = rows.get(email)
      return known && timingSafeEqual(known.hash, hash(password, known.salt)) ? find(email) : undefined
    },
    setPassword,
    setRole: (email, role) => (row(email).role = role),
  }
}
