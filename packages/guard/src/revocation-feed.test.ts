// How the feed comes back to an issuer that was away: by asking each second, and then with a stream at once, however rarely it tried for one
// meanwhile. The second between two looks is the test's.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { createRevocationFeed } from './revocation-feed.ts'
import { createRevocationView } from './revocation-view.ts'

const toClose: (() => void)[] = []
afterEach(() => {
  for (const close of toClose.splice(0).toReversed()) close()
  vi.useRealTimers()
})

test('when the issuer is back there is a stream again within three looks, although it was tried for ever more rarely', async () => {
  const asked = { lists: 0, streams: 0 }
  let away = true
  const server = createServer((request, response) => {
    const streamed = request.headers.accept === 'text/event-stream'
    asked[streamed ? 'streams' : 'lists']++
    if (away) {
      request.socket.destroy()
      return
    }
    response.setHeader('content-type', streamed ? 'text/event-stream' : 'application/json')
    const list = JSON.stringify({ revocations: [] })
    if (streamed) response.write(`event: snapshot\ndata: ${list}\n\n`)
    else response.end(list)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const closing = new AbortController()
  toClose.push(
    () => server.close().closeAllConnections(),
    () => closing.abort(),
  )

  vi.useFakeTimers({ toFake: ['performance'] })
  const feed = createRevocationFeed({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    view: createRevocationView(),
    now: Date.now,
    signal: closing.signal,
    keysNamed: () => undefined,
    random: () => 0.5,
  })
  await feed.first
  const look = async () => {
    vi.advanceTimersByTime(1_000)
    const before = asked.lists
    do {
      feed.tick()
      await sleep(5)
    } while (!feed.health().live && asked.lists === before)
  }
  // Half a second, doubled seven times, is the longest pause: thirty.
  while (asked.streams < 8) await look()
  const before = asked.streams
  away = false
  for (let looked = 0; looked < 4; looked++) await look()
  expect(asked.streams).toBe(before + 1)
  await vi.waitFor(() => expect(feed.health()).toMatchObject({ live: true, failure: null }))
})
