// The bound of an event stream: what waits for a slow reader ends, and who reads on gets everything in order.
import { expect, test } from 'vitest'
import { createEventStream, encodeEvent } from './event-stream.ts'

const bytes = (size: number) => new Uint8Array(size)

async function sizes(body: ReadableStream<Uint8Array>): Promise<readonly number[]> {
  const lengths: number[] = []
  const reader = body.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) lengths.push(next.value.byteLength)
  return lengths
}

test('a reader that does not read is let go at the bound, and may still read what waited', async () => {
  let closed = 0
  const stream = createEventStream(bytes(1_000_000), 100, () => closed++)
  expect([stream.send(bytes(60)), stream.send(bytes(40)), stream.send(bytes(1))]).toEqual([true, true, false])
  expect(closed).toBe(1)
  expect(stream.send(bytes(1))).toBe(false)
  stream.end()
  expect(closed).toBe(1)
  expect(await sizes(stream.body)).toEqual([1_000_000, 60, 40])
})

test('a reader that keeps up is never let go', async () => {
  const stream = createEventStream(bytes(10), 100, () => undefined)
  const reader = stream.body.getReader()
  await reader.read()
  for (let index = 0; index < 1_000; index++) {
    expect(stream.send(bytes(90))).toBe(true)
    expect((await reader.read()).value?.byteLength).toBe(90)
  }
  stream.end()
  expect((await reader.read()).done).toBe(true)
})

test('a reader that goes is counted out once', async () => {
  let closed = 0
  const stream = createEventStream(bytes(10), 100, () => closed++)
  await stream.body.cancel()
  expect(stream.send(bytes(1))).toBe(false)
  stream.end()
  expect(closed).toBe(1)
})

test('data has no line break that could end an event', () => {
  expect(new TextDecoder().decode(encodeEvent('ended', { sid: 'a\n\nevent: x' }))).toBe(
    'event: ended\ndata: {"sid":"a\\n\\nevent: x"}\n\n',
  )
})
