// Reading the cookie file, and the files of Web Storage, of a Chromium profile as malware on the same machine does. On Linux without a keyring the values are
// encrypted under a key that is printed in Chromium's source, so copying the file is copying the cookies.
import { createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

interface Row {
  readonly host_key: string
  readonly name: string
  readonly value: string
  readonly encrypted_value: Uint8Array
}

/** Answers name and value of every cookie of `host`. */
export function readCookieFile(file: string, host: string): ReadonlyMap<string, string> {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const rows = database.prepare('SELECT host_key, name, value, encrypted_value FROM cookies').all()
    return new Map(
      (rows as unknown as Row[])
        .filter(({ host_key }) => host_key === host || host_key === `.${host}`)
        .map((row) => [row.name, row.value || decrypt(row)]),
    )
  } finally {
    database.close()
  }
}

/** components/os_crypt: AES-128-CBC, PBKDF2 of a fixed word with one round; since 2024 the host's hash stands in front. */
function decrypt({ host_key, encrypted_value }: Row): string {
  const bytes = Buffer.from(encrypted_value)
  const version = bytes.subarray(0, 3).toString()
  if (version !== 'v10') throw new Error(`a cookie file of another kind: ${version}`)
  const key = pbkdf2Sync('peanuts', 'saltysalt', 1, 16, 'sha1')
  const decipher = createDecipheriv('aes-128-cbc', key, Buffer.alloc(16, ' '))
  const plain = Buffer.concat([decipher.update(bytes.subarray(3)), decipher.final()])
  const hash = createHash('sha256').update(host_key).digest()
  return (plain.subarray(0, 32).equals(hash) ? plain.subarray(32) : plain).toString()
}

/** Storage is not encrypted at all: what looks like a token in the raw files is one. */
export function findStoredToken(profile: string): string | undefined {
  for (const folder of ['Local Storage', 'Session Storage', 'IndexedDB']) {
    const directory = join(profile, folder)
    if (!existsSync(directory)) continue
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const bytes = readFileSync(join(entry.parentPath, entry.name))
      // Both one and two bytes a character are in use; an HS256 signature has 43 characters, whatever stands behind it in the file.
      for (const raw of [bytes, Buffer.from(bytes.filter((byte) => byte !== 0))]) {
        const text = raw.toString('latin1')
        const token = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{43}/.exec(text)?.[0]
        if (token !== undefined) return token
      }
    }
  }
  return undefined
}
