// The pages: files that Vite built, held in memory, sent with the caching each kind deserves. Names under assets/ carry a
// hash of their content and may be kept for ever; everything else is asked for again each time, by ETag (RFC 9110, 8.8.3).
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { PAGE_POLICY } from './security-headers.ts'

/** Answers a request for a page or one of its files; undefined when it is for neither. */
export type Pages = (request: Request) => Response | undefined

interface File {
  readonly type: string
  readonly cache: string
  readonly etag: string
  readonly body: Uint8Array<ArrayBuffer>
  /** Filled when first asked for: compressing all of them would be most of the time it takes to start. */
  readonly encoded: Map<Encoding, Uint8Array<ArrayBuffer>>
}

type Encoding = 'br' | 'gzip'

/** Places of the application inside the one page; main.tsx knows them too. */
const PLACES = new Set(['/', '/sign-in', '/sign-up', '/account', '/inside'])

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
}

const FOR_EVER = 'public, max-age=31536000, immutable'
const ASK_AGAIN = 'no-cache'

/**
 * Reads the built pages.
 *
 * @param directory where Vite wrote them
 * @param settings told to the pages in a meta element of the document, for there is no inline script to tell them
 * @returns undefined when they have not been built
 */
export function readPages(directory: string, settings: Readonly<Record<string, boolean | number>>): Pages | undefined {
  if (!existsSync(join(directory, 'index.html'))) return undefined
  const files = new Map<string, File>()
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(directory.length).replaceAll('\\', '/').replace(/^\/?/, '/')
    const body = new Uint8Array(readFileSync(path))
    files.set(
      name,
      file(name === '/index.html' ? withSettings(body, settings) : body, type, name.startsWith('/assets/')),
    )
  }
  const document = files.get('/index.html')
  files.delete('/index.html')

  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
    const { pathname } = new URL(request.url)
    const asset = files.get(pathname)
    if (asset !== undefined) return send(request, asset, 200)
    if (document === undefined) return undefined
    if (PLACES.has(pathname)) return send(request, document, 200)
    // A person who mistyped gets a page that says so; a program gets a problem document from the caller.
    const wantsPage = request.headers.get('accept')?.includes('text/html') && !pathname.startsWith('/api/')
    return wantsPage ? send(request, document, 404) : undefined
  }
}

function file(body: Uint8Array<ArrayBuffer>, type: string, forEver: boolean): File {
  // Weak, because one tag stands for the same file in every encoding.
  const etag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { type, cache: forEver ? FOR_EVER : ASK_AGAIN, etag, body, encoded: new Map() }
}

function withSettings(html: Uint8Array, settings: Readonly<Record<string, boolean | number>>): Uint8Array<ArrayBuffer> {
  const meta = Object.entries(settings).map(([name, value]) => `<meta name="hallpass-${name}" content="${value}">`)
  return new TextEncoder().encode(
    new TextDecoder().decode(html).replace('</title>', `</title>\n    ${meta.join('\n    ')}`),
  )
}

function send(request: Request, { type, cache, etag, body, encoded }: File, status: 200 | 404): Response {
  const headers = new Headers({
    'content-type': type,
    'content-security-policy': PAGE_POLICY,
    'cache-control': status === 200 ? cache : 'no-store',
    vary: 'Accept-Encoding',
    etag,
  })
  if (status === 200 && request.headers.get('if-none-match')?.includes(etag))
    return new Response(null, { status: 304, headers })

  const encoding = chooseEncoding(request.headers.get('accept-encoding') ?? '')
  let bytes = body
  if (encoding !== undefined) {
    bytes = encoded.get(encoding) ?? compress(body, encoding)
    encoded.set(encoding, bytes)
    headers.set('content-encoding', encoding)
  }
  headers.set('content-length', String(bytes.length))
  return new Response(request.method === 'HEAD' ? null : bytes, { status, headers })
}

function chooseEncoding(accepted: string): Encoding | undefined {
  const offers = accepted.split(',').map((offer) => offer.trim().toLowerCase())
  const takes = (name: string) => offers.some((offer) => offer === name || offer.startsWith(`${name};q=1`))
  if (takes('br')) return 'br'
  return takes('gzip') ? 'gzip' : undefined
}

function compress(body: Uint8Array, encoding: Encoding): Uint8Array<ArrayBuffer> {
  if (encoding === 'gzip') return new Uint8Array(gzipSync(body))
  return new Uint8Array(brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }))
}
