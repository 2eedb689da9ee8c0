// Letting the pass expire: from then on the server judges it by a clock that stands after its end. The next request is refused,
// and the client does what it does every quarter of an hour without anybody noticing.
import { useState } from 'react'
import { auth } from '../auth.ts'
import { refusalOf, sentenceOf } from '../form/trouble.ts'
import type { InsideData } from './inside-data.ts'

interface Renewal {
  readonly before: string
  readonly after: string
  readonly milliseconds: number
}

export function Expiry({ jti, reload }: { jti: string | undefined; reload: () => Promise<InsideData | undefined> }) {
  const [renewal, setRenewal] = useState<Renewal>()
  const [trouble, setTrouble] = useState('')
  const [busy, setBusy] = useState(false)

  const expire = async (before: string) => {
    setBusy(true)
    setTrouble('')
    try {
      const response = await auth.fetch('/api/inside/expire', { method: 'POST' })
      if (!response.ok) throw await refusalOf(response)
      const begun = performance.now()
      const fresh = await reload()
      if (fresh !== undefined) setRenewal({ before, after: fresh.jti, milliseconds: performance.now() - begun })
    } catch (error) {
      setTrouble(sentenceOf(error).sentence)
    } finally {
      setBusy(false)
    }
  }

  return (
    <section className="panel" aria-labelledby="expiry">
      <h2 id="expiry">Let it expire</h2>
      <p>
        A quarter of an hour is long to wait. From here on, the server can judge this pass as if its time were over.
      </p>
      <div className="buttons">
        <button type="button" aria-disabled={busy} onClick={() => jti !== undefined && !busy && void expire(jti)}>
          Let it expire now
        </button>
      </div>
      <div className="verdict" role="status">
        {renewal === undefined ? (
          <p className="quiet">{trouble || 'The renewal will stand here.'}</p>
        ) : (
          <p>
            Pass <span className="code">{short(renewal.before)}</span> was refused with 401. The client fetched{' '}
            <span className="code">{short(renewal.after)}</span> and sent the request again:{' '}
            {Math.max(1, Math.round(renewal.milliseconds))} ms in all, and you typed nothing.
          </p>
        )}
      </div>
    </section>
  )
}

/** Enough of an id to tell it from another. */
function short(jti: string): string {
  return `${jti.slice(0, 8)}…`
}
