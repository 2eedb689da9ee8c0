// What happened: to the session, as the server saw it, and in this tab, as its client saw it.
import { tabEvents, type TabEvent } from '../auth.ts'
import { clockTime } from '../moment.ts'
import type { HistoryEntry, InsideData } from './inside-data.ts'

interface Happened {
  readonly at: number
  readonly title: string
  readonly words: string
}

const REFRESHED: Readonly<Record<string, Omit<Happened, 'at'>>> = {
  rotated: {
    title: 'Refreshed',
    words: 'The refresh token was exchanged for the next one, and a new pass came with it.',
  },
  repeated: {
    title: 'Refreshed',
    words: 'A new pass. The refresh token was not half a minute old, so the same one was sent again.',
  },
  replayed: {
    title: 'Replayed',
    words: 'The last refresh token was shown once more, as after a lost answer. The same successor was sent again.',
  },
  late: {
    title: 'Late',
    words: 'The last refresh token, late: a new pass, and the cookie left as it was.',
  },
  recovered: {
    title: 'Recovered',
    words: 'An answer was lost long ago. The session went on from the last token the browser had shown.',
  },
  healed: { title: 'Healed', words: 'The database had forgotten a refresh; the browser had not.' },
}

const ALTERED: Readonly<Record<string, string>> = {
  subject: 'with another “sub”',
  signature: 'with one bit of its signature flipped',
  'no-algorithm': 'without a signature',
  'public-key-as-secret': 'signed with the public key',
}

const SHOWN = 8

export function Timeline({ data }: { data: InsideData | undefined }) {
  const happened = data === undefined ? [] : merge(data)
  return (
    <section className="panel" aria-labelledby="history">
      <h2 id="history">What happened</h2>
      <ol className="timeline" aria-busy={data === undefined}>
        {happened.slice(0, SHOWN).map(({ at, title, words }, index) => (
          <li key={`${at} ${title} ${happened.length - index}`}>
            <time dateTime={new Date(at).toISOString()}>{clockTime(at)}</time>
            <p>
              <strong>{title}.</strong> {words}
            </p>
          </li>
        ))}
      </ol>
    </section>
  )
}

function merge({ history, clockOffset }: InsideData): readonly Happened[] {
  const here = tabEvents().flatMap((event) => inThisTab(event, clockOffset))
  return [...history.map(onTheServer), ...here].sort((a, b) => b.at - a.at)
}

function onTheServer({ at, what, outcome, alteration }: HistoryEntry): Happened {
  if (what === 'signed_in')
    return { at, title: 'Signed in', words: 'A session began. The browser got its first refresh token.' }
  if (what === 'expired')
    return { at, title: 'Expired', words: 'A pass was shown after its end, and refused with 401.' }
  if (what === 'altered') return { at, title: 'Refused', words: `A pass ${ALTERED[alteration] ?? 'that was altered'}.` }
  return { at, ...(REFRESHED[outcome] ?? { title: 'Refreshed', words: outcome }) }
}

/** Signing in and refreshing are told by the server already; what it cannot know is what passes between tabs. */
function inThisTab({ event, at }: TabEvent, clockOffset: number): readonly Happened[] {
  if (event === 'handed_over')
    return [
      {
        at: at + clockOffset,
        title: 'Handed over',
        words: 'Another tab had a pass and gave it to this one, so the server was spared.',
      },
    ]
  return []
}
