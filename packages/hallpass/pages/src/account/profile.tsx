// Who one is: what the demo API says to a pass.
import { dateAndTime } from '../moment.ts'
import { useLoaded } from '../loaded.ts'

interface ProfileData {
  readonly id: string
  readonly email: string | undefined
  readonly name: string | undefined
  /** Milliseconds since 1970. */
  readonly signedInAt: number
}

export function Profile({ waiting }: { waiting: boolean }) {
  const { data, trouble } = useLoaded('/api/profile', readProfile, waiting)
  return (
    <section aria-labelledby="profile">
      <h2 id="profile">Profile</h2>
      <dl className="facts" aria-busy={data === undefined}>
        <Fact name="Name" value={data && (data.name ?? 'none given')} />
        <Fact name="E-mail" value={data && (data.email ?? 'none given')} />
        <Fact name="Signed in" value={data && dateAndTime(data.signedInAt)} />
        <Fact name="Account id" value={data?.id} code />
      </dl>
      <p className="outcome wrong" role="alert">
        {trouble}
      </p>
    </section>
  )
}

function Fact({ name, value, code = false }: { name: string; value: string | undefined; code?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={code ? 'code' : undefined}>{value ?? <span className="blank" />}</dd>
    </div>
  )
}

function readProfile(raw: unknown): ProfileData {
  if (typeof raw !== 'object' || raw === null) throw new TypeError('a profile is an object')
  const { id, email, name, signedInAt } = raw as Record<string, unknown>
  return {
    id: String(id),
    email: typeof email === 'string' ? email : undefined,
    name: typeof name === 'string' ? name : undefined,
    signedInAt: Date.parse(String(signedInAt)),
  }
}
