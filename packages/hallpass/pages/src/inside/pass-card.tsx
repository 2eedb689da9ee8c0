// The pass, drawn as the ticket it is: header, claims and the stamp that makes it one. Each line says what it is for.
import { expectedClaims, expectedHeader, explainClaims, explainHeader, wordsOf, type Explained } from './claim-words.ts'
import type { InsideData } from './inside-data.ts'
import { TimeLeft } from './time-left.tsx'

export function PassCard({ data, onEnd }: { data: InsideData | undefined; onEnd: () => void }) {
  return (
    <article className="pass" aria-labelledby="pass" aria-busy={data === undefined}>
      <header>
        <h2 id="pass">Your pass</h2>
        <TimeLeft data={data} onEnd={onEnd} />
      </header>
      <Part title="Header" lead="how to read it" lines={data && explainHeader(data.header)} expected={expectedHeader} />
      <Part title="Claims" lead="what it says" lines={data && explainClaims(data.claims)} expected={expectedClaims} />
      <section className="part stamp">
        <h3>
          Signature <span>what makes it true</span>
        </h3>
        <p>
          {data === undefined ? <span className="blank" /> : <span className="code">{data.signatureBytes} bytes</span>}
        </p>
        <p className="words">
          Not shown, and not here: this page has never held your pass. It lives in one variable of the client, and the
          server read these lines out of the request that asked for them.
        </p>
      </section>
    </article>
  )
}

function Part(props: {
  title: string
  lead: string
  lines: readonly Explained[] | undefined
  expected: readonly string[]
}) {
  return (
    <section className="part">
      <h3>
        {props.title} <span>{props.lead}</span>
      </h3>
      <dl>
        {props.lines?.map((line) => <Line key={line.name} {...line} />) ??
          props.expected.map((name) => <Line key={name} name={name} value="" raw={undefined} words={wordsOf(name)} />)}
      </dl>
    </section>
  )
}

function Line({ name, value, raw, words }: Explained) {
  return (
    <div className="claim">
      <dt>
        <code>{name}</code>
      </dt>
      <dd>
        <p className="code">
          {value === '' ? <span className="blank long" /> : value}
          {raw !== undefined && <span className="raw"> {raw}</span>}
        </p>
        <p className="words">{words}</p>
      </dd>
    </div>
  )
}
