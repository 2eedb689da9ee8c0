// Trying to cheat: each button has the server spoil the pass it is sent in one classic way, and show it to its own guard.
import { useState } from 'react'
import { auth } from '../auth.ts'
import { refusalOf, sentenceOf } from '../form/trouble.ts'

const TRIES = [
  { alteration: 'nothing', label: 'Leave it as it is', did: 'Sent again, unchanged.' },
  { alteration: 'subject', label: 'Become somebody else', did: 'Wrote another id into “sub”.' },
  { alteration: 'signature', label: 'Flip one bit of the signature', did: 'One bit of 512 is different.' },
  {
    alteration: 'no-algorithm',
    label: 'Say it needs no signature',
    did: 'Wrote “alg: none” and cut the signature off.',
  },
  {
    alteration: 'public-key-as-secret',
    label: 'Sign it with the public key',
    did: 'Wrote “alg: HS256” and signed with the key everybody knows.',
  },
] as const

const WHY: Readonly<Record<string, string>> = {
  signature_invalid: 'The signature does not fit what it stands under.',
  algorithm_not_allowed: 'This guard knows one algorithm, and it is not the one the pass asks for.',
  key_not_found: 'No key of this issuer goes with such a pass.',
  malformed: 'What has no signature is no pass at all.',
}

interface Verdict {
  readonly did: string
  readonly status: number
  readonly challenge: string
  readonly why: string
}

export function Tries({ onTried }: { onTried: () => void }) {
  const [verdict, setVerdict] = useState<Verdict>()
  const [trouble, setTrouble] = useState('')

  const attempt = async ({ alteration, did }: (typeof TRIES)[number]) => {
    setTrouble('')
    try {
      const response = await auth.fetch('/api/inside/alter', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ alteration }),
      })
      if (!response.ok) throw await refusalOf(response)
      setVerdict({ did, ...readVerdict(await response.json()) })
      onTried()
    } catch (error) {
      setTrouble(sentenceOf(error).sentence)
    }
  }

  return (
    <section className="panel" aria-labelledby="tries">
      <h2 id="tries">Try to cheat</h2>
      <p>The server takes the pass from your request, spoils it, and shows it to its own guard.</p>
      <div className="buttons">
        {TRIES.map((one) => (
          <button key={one.alteration} type="button" onClick={() => void attempt(one)}>
            {one.label}
          </button>
        ))}
      </div>
      <div className="verdict" role="status" data-refused={verdict && verdict.status !== 200}>
        {verdict === undefined ? (
          <p className="quiet">{trouble || 'What the guard says will stand here.'}</p>
        ) : (
          <>
            <p>
              <strong>{verdict.status === 200 ? '200, let in.' : `${verdict.status}, refused.`}</strong> {verdict.did}{' '}
              {verdict.why}
            </p>
            <p className="code">{verdict.challenge || 'no challenge'}</p>
          </>
        )}
      </div>
    </section>
  )
}

function readVerdict(raw: unknown): Omit<Verdict, 'did'> {
  if (typeof raw !== 'object' || raw === null) throw new TypeError('a verdict is an object')
  const { status, challenge, why } = raw as Record<string, unknown>
  return {
    status: Number(status),
    challenge: typeof challenge === 'string' ? `WWW-Authenticate: ${challenge}` : '',
    why: typeof why === 'string' ? (WHY[why] ?? `Why: ${why}.`) : 'Everything fits.',
  }
}
