// How long the pass still lives, counted here each second; when it has ended, the page asks anew, and the client renews it on
// the way.
import { useEffect, useState } from 'react'
import { minutesAndSeconds } from '../moment.ts'
import type { InsideData } from './inside-data.ts'

export function TimeLeft({ data, onEnd }: { data: InsideData | undefined; onEnd: () => void }) {
  const [now, setNow] = useState(Date.now)

  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])

  const lifetime = data === undefined ? 1 : data.expiresAt - data.issuedAt
  const left = data === undefined ? 0 : Math.min(lifetime, data.expiresAt - (now + data.clockOffset) / 1000)
  const ended = data !== undefined && left <= 0
  useEffect(() => {
    if (ended) onEnd()
  }, [ended, onEnd])

  return (
    // A timer is not read out by itself (WAI-ARIA 1.2, timer), or it would be read out every second.
    <p className="time-left" role="timer" aria-label="Time left">
      <span className="code">{data === undefined ? '––:––' : minutesAndSeconds(left)}</span>
      <meter min={0} max={lifetime} value={Math.max(0, left)} aria-hidden="true" />
    </p>
  )
}
