// The users of this application, wherever they are kept: a table one has had for years would do. Hallpass sees an id, an e-mail
// address and a name, and asks whether a password is right; it keeps no accounts of its own here.
import { hash, verify } from '@node-rs/argon2'

export interface User {
  readonly id: string
  readonly email: string
  readonly name: string
}

const users = [
  { id: '1', email: 'ada@example.com', name: 'Ada Lovelace', passwordHash: await hash('correct horse battery staple') },
]
/** For an address nobody has: the same work is done, so that the time it takes tells nothing. */
const nobody = { passwordHash: await hash(crypto.randomUUID()) }

/** Who this e-mail address and password belong to; null when they do not fit. */
export async function checkPassword(email: string, password: string): Promise<User | null> {
  const user = users.find((one) => one.email === email.toLowerCase())
  const right = await verify((user ?? nobody).passwordHash, password)
  return user !== undefined && right ? publicUser(user) : null
}

/** The user as they are now; null when they are gone, which ends their sessions. */
export function findUser(id: string): User | null {
  const user = users.find((one) => one.id === id)
  return user === undefined ? null : publicUser(user)
}

function publicUser({ id, email, name }: User): User {
  return { id, email, name }
}
