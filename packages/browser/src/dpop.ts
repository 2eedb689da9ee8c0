// The dpop door: a session bound to a key that this browser made and cannot export (RFC 9449). What is sent to the auth server, and
// everything that goes with the token, carries a proof of it; a copied cookie or token is of no use elsewhere.
//
// A script in the page can have proofs made while the page is open. It cannot take the key away, and with a nonce of the server's in each
// proof it cannot make them in store.
import type { Send } from './fetch.ts'

export interface DpopOptions {
  /** Whether the key outlives the page, in IndexedDB; true when left out. Without it a reload signs the person out. */
  readonly persist?: boolean
  /** Names the database; clients of two servers on one origin need two names. */
  readonly name?: string
}

/** What a server has told: the nonce for the next proof, and how far its clock is ahead of ours, in ms. */
interface Server {
  readonly nonce?: string | null
  readonly ahead?: number
}

const STORE = 'keys'

/**
 * Makes the `binding` of a client: `createAuth({ binding: dpop() })`. It sends a request with a proof, so a sign-in page of your own sends
 * through it too, and hands the answer to `adopt`.
 */
export function dpop({ persist = true, name = 'hallpass' }: DpopOptions = {}): Send {
  const servers: Record<string, Server> = {}
  let memory: CryptoKeyPair | undefined
  let held: Promise<CryptoKeyPair> | undefined
  let heldFor: string | undefined

  /** One transaction; done when it is on the disk, or the credentials would be on their way before the key is safe. */
  const store = (work: (keys: IDBObjectStore) => IDBRequest): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const opening = indexedDB.open(name)
      opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(STORE))
      opening.addEventListener('error', reject)
      opening.addEventListener('success', () => {
        const transaction = opening.result.transaction(STORE, 'readwrite')
        const asked = work(transaction.objectStore(STORE))
        transaction.addEventListener('complete', () => resolve(asked.result))
        transaction.addEventListener('abort', reject)
        opening.result.close()
      })
    })

  const load = async (): Promise<CryptoKeyPair> => {
    const read = () => store((keys) => keys.get(name)) as Promise<CryptoKeyPair | undefined>
    const make = () => crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
    if (persist)
      try {
        const found = await read()
        if (found) return found
        const made = await make()
        // Another tab may have been first: then its key is the one.
        await store((keys) => keys.add(made, name)).catch(() => undefined)
        return (await read()) ?? made
      } catch {
        // Storage is forbidden here: the key lives as long as the page.
      }
    return (memory ??= await make())
  }

  const send = async (request: Request, pair: Promise<CryptoKeyPair>, token: string | undefined): Promise<Response> => {
    const { origin } = new URL(request.url)
    request.headers.set('dpop', await prove(await pair, request, servers[origin], token))
    if (token) request.headers.set('authorization', `DPoP ${token}`)
    // Browsers strip the token from a redirect to another origin, but not the proof.
    const response = await fetch(new Request(request, request.redirect === 'manual' ? {} : { redirect: 'error' }))
    const nonce = response.headers.get('dpop-nonce')
    // An answer out of a cache has an old date; one that refuses is new.
    const date = wasRefused(response) && Date.parse(response.headers.get('date') ?? '')
    servers[origin] = { ...servers[origin], ...(nonce && { nonce }), ...(date && { ahead: date - Date.now() }) }
    return response
  }

  return async (request, pass) => {
    const token = pass?.token
    if (token && !isBound(token)) {
      // A session from before there was a key.
      request.headers.set('authorization', `Bearer ${token}`)
      return fetch(request)
    }
    // Whoever signed in last, in whatever tab, has made the key.
    if (!held || !token || token !== heldFor) held = load()
    heldFor = token
    const pair = held
    const spare = request.clone()
    let response = await send(request, pair, token)
    if (wasRefused(response)) {
      void response.body?.cancel().catch(() => undefined)
      response = await send(spare, pair, token)
    }
    if (response.status === 204 && request.url.endsWith('/logout')) {
      memory = undefined
      await store((keys) => keys.delete(name)).catch(() => undefined)
    }
    return response
  }
}

function isBound(token: string): boolean {
  const payload = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))
  return 'cnf' in (JSON.parse(payload) as object)
}

/** Whether it was the proof that was refused: its nonce, or the time it was made. Another one may do. */
function wasRefused({ status, headers }: Response): boolean {
  return status === 401 && /_dpop_/.test(headers.get('www-authenticate') ?? '')
}

/** RFC 9449 §4.2. */
async function prove(
  { privateKey, publicKey }: CryptoKeyPair,
  { method, url }: Request,
  { nonce, ahead = 0 }: Server = {},
  token?: string,
): Promise<string> {
  const { subtle } = crypto
  const { kty, crv, x, y } = await subtle.exportKey('jwk', publicKey)
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } }
  const claims = {
    jti: crypto.randomUUID(),
    htm: method,
    htu: url.replace(/[?#].*/, ''),
    iat: Math.floor((Date.now() + ahead) / 1000),
    nonce,
    ath: token && encode(await subtle.digest('SHA-256', utf8(token))),
  }
  const text = `${encode(utf8(JSON.stringify(header)))}.${encode(utf8(JSON.stringify(claims)))}`
  const signature = await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, utf8(text))
  return `${text}.${encode(signature)}`
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

function encode(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
