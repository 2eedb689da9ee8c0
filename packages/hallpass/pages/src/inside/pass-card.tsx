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
      <Shape lengths={data?.lengths} />
      <Part
        kind="header"
        title="Header"
        lead="how to read it"
        lines={data && explainHeader(data.header)}
        expected={expectedHeader}
      />
      <Part
        kind="claims"
        title="Claims"
        lead="what it says"
        lines={data && explainClaims(data.claims)}
        expected={expectedClaims}
      />
      <section className="part signature">
        <h3>
          Signature <span>what makes it true</span>
        </h3>
        <p className="words">
          Not shown, and not here: this page has never held your pass. It lives in one variable of the client, and the
          server read these lines out of the request that asked for them.
        </p>
      </section>
    </article>
  )
}

/** Three parts: how much of a pass is what, without a letter of it. */
function Shape({ lengths }: { lengths: InsideData['lengths'] | undefined }) {
  if (lengths === undefined) {
    return (
      <p className="shape" key="blank">
        <i className="blank" />
      </p>
    )
  }
  const { header, claims, signature } = lengths
  const said = `${header + claims + signature + 2} characters: header ${header}, claims ${claims}, signature ${signature}`
  return (
    <p className="shape" role="img" aria-label={said} title={said} key="known">
      <i className="header" style={{ flexGrow: header }} />
      <i className="claims" style={{ flexGrow: claims }} />
      <i className="signature" style={{ flexGrow: signature }} />
    </p>
  )
}

function Part(props: {
  kind: 'header' | 'claims'
  title: string
  lead: string
  lines: readonly Explained[] | undefined
  expected: readonly string[]
}) {
  return (
    <section className={`part ${props.kind}`}>
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
