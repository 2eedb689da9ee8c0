// The JSON body: bounded, of the right type, and checked by a schema. Members nobody asked for are left out.
import type { z } from 'zod'
import { Refusal } from './problem.ts'

const LIMIT = 16_384

/**
 * Reads and checks the JSON body of a request; an absent body is `{}`.
 *
 * @throws Refusal `json_required`, `too_large`, `bad_request` or `invalid_input`
 */
export async function readBody<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>> {
  const type = request.headers.get('content-type')
  // A cross-site form can send a body or none, but never this type without a preflight.
  if (type !== null && type.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json')
    throw new Refusal('json_required')
  const bytes = await readBounded(request)
  if (bytes.length > 0 && type === null) throw new Refusal('json_required')

  const parsed = schema.safeParse(bytes.length === 0 ? {} : parseJson(bytes))
  if (!parsed.success) {
    const member = parsed.error.issues[0]?.path.join('.')
    throw new Refusal('invalid_input', member ? { member } : {})
  }
  return parsed.data
}

async function readBounded(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > LIMIT) throw new Refusal('too_large')
  if (request.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  // By hand: leaving a `for await` early cancels the stream, which ends the connection, and the answer would be lost with it.
  const reader = (request.body as ReadableStream<Uint8Array>).getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length
    if (size > LIMIT) {
      reader.releaseLock()
      throw new Refusal('too_large')
    }
    chunks.push(next.value)
  }
  return Buffer.concat(chunks)
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    throw new Refusal('bad_request', { detail: 'The body is not JSON in UTF-8' })
  }
}
