// "Inside your pass": one's own access token, line by line, and what can be done to it.
import { useCallback } from 'react'
import { Heading } from '../heading.tsx'
import { useLoaded } from '../loaded.ts'
import { CookieCard } from './cookie-card.tsx'
import { Expiry } from './expiry.tsx'
import { readInside } from './inside-data.ts'
import { PassCard } from './pass-card.tsx'
import { Timeline } from './timeline.tsx'
import { Tries } from './tries.tsx'

export function InsidePage({ waiting }: { waiting: boolean }) {
  const { data, trouble, reload } = useLoaded('/api/inside', readInside, waiting)
  const again = useCallback(() => void reload(), [reload])

  return (
    <div className="inside" inert={waiting}>
      <div className="lead">
        <Heading>Inside your pass</Heading>
        <p>
          This is the access token your browser carries right now. Any service can check it alone, with a public key;
          nobody has to be asked.
        </p>
        <p className="outcome wrong" role="alert">
          {trouble}
        </p>
      </div>
      <PassCard data={data} onEnd={again} />
      <div className="beside">
        <Tries onTried={again} />
        <Expiry jti={data?.jti} reload={reload} />
        <Timeline data={data} />
      </div>
      <CookieCard data={data} />
    </div>
  )
}
