// Server-sent events, cut into chunks at any place, read whole.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readEvents, type ServerEvent } from './events.ts'

async function read(chunks: readonly Uint8Array[], limit = 1_000): Promise<readonly ServerEvent[]> {
  async function* body() {
    yield* chunks
  }
  const events: ServerEvent[] = []
  for await (const event of readEvents(body(), limit)) events.push(event)
  return events
}

const encode = (text: string) => new TextEncoder().encode(text)

test('wherever it is cut, between the bytes of a letter too, the events are the same', async () => {
  const text =
    'event: snapshot\ndata: {"a":"ä€🎫"}\n\n: a comment\n\nevent: ended\ndata: 1\ndata: 2\n\ndata\n\ndata: plain\n\nevent: left over'
  const whole = await read([encode(text)])
  expect(whole).toEqual([
    { name: 'snapshot', data: '{"a":"ä€🎫"}' },
    { name: 'ended', data: '1\n2' },
    { name: 'message', data: 'plain' },
  ])
  const bytes = encode(text)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: bytes.length }), { maxLength: 60 }), async (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
      const chunks = at.slice(1).map((end, index) => bytes.slice(at[index], end))
      expect(await read(chunks)).toEqual(whole)
    }),
  )
})

test('an event that is too long ends the reading, whether it ever ends or not', async () => {
  await expect(read([encode(`data: ${'x'.repeat(2_000)}`)])).rejects.toThrow(RangeError)
  await expect(read([encode(`data: ${'x'.repeat(2_000)}\n\n`)])).rejects.toThrow(RangeError)
  await expect(read(Array.from({ length: 400 }, () => encode('data: x\n')))).rejects.toThrow(RangeError)
  expect(await read(Array.from({ length: 400 }, () => encode('data: x\n\n')))).toHaveLength(400)
})
