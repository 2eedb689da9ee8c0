// A stream over fetch, for every runtime that is not Node.
import type { OpenStream } from './opened.ts'

export const openStream: OpenStream = async (url, { headers, timeout, signal }) => {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeout)
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.any([signal, late.signal]) })
    return {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      etag: response.headers.get('etag') ?? undefined,
      body: chunks(response.body),
    }
  } finally {
    clearTimeout(timer)
  }
}

async function* chunks(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body === null) return
  const reader = body.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
