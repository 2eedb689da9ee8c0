// Where one is signed in, and the way out: of one device, or of all of them.
import { useState } from 'react'
import { auth } from '../auth.ts'
import { refusalOf, sentenceOf } from '../form/trouble.ts'
import { useLoaded } from '../loaded.ts'
import { ago, dateAndTime } from '../moment.ts'
import { deviceName } from './device-name.ts'

interface Device {
  readonly id: string
  readonly current: boolean
  readonly name: string
  readonly address: string | undefined
  /** In words: these are said once, when the list came. */
  readonly lastUsed: string
  readonly signedIn: string
}

export function Devices({ waiting }: { waiting: boolean }) {
  const { data, trouble, reload } = useLoaded('/api/auth/sessions', readDevices, waiting)
  const [leaving, setLeaving] = useState<string>()
  const [told, setTold] = useState('')
  const [wrong, setWrong] = useState('')

  const end = async ({ id, current, name }: Device) => {
    setLeaving(id)
    setWrong('')
    try {
      if (current) return await auth.logout()
      const response = await auth.fetch(`/api/auth/sessions/${id}`, { method: 'DELETE' })
      // Gone already is as good as gone now.
      if (!response.ok && response.status !== 404) throw await refusalOf(response)
      await reload()
      setTold(`${name} is signed out.`)
    } catch (error) {
      setWrong(sentenceOf(error).sentence)
    } finally {
      setLeaving(undefined)
    }
  }

  return (
    <section aria-labelledby="devices">
      <h2 id="devices">Devices</h2>
      <ul className="devices" aria-busy={data === undefined}>
        {data === undefined && <BlankDevice />}
        {data?.map((device) => (
          <li key={device.id}>
            <div>
              <strong>{device.name}</strong>
              {device.current && <span className="mark">this one</span>}
              <p>
                Last used {device.lastUsed}
                {device.address !== undefined && `, from ${device.address}`}
              </p>
              <p>Signed in {device.signedIn}</p>
            </div>
            <button
              type="button"
              aria-disabled={leaving === device.id}
              aria-label={`Sign out this one: ${device.name}`}
              onClick={() => void end(device)}
            >
              Sign out this one
            </button>
          </li>
        ))}
      </ul>
      <p className="outcome wrong" role="alert">
        {wrong || trouble}
      </p>
      <div className="actions">
        <button type="button" onClick={() => void auth.logout({ everywhere: true })}>
          Sign out everywhere
        </button>
        <p className="done" role="status">
          {told}
        </p>
      </div>
    </section>
  )
}

function BlankDevice() {
  return (
    <li>
      <div>
        <span className="blank" />
        <p>
          <span className="blank long" />
        </p>
        <p>
          <span className="blank long" />
        </p>
      </div>
      <button type="button" disabled>
        Sign out this one
      </button>
    </li>
  )
}

/** Loopback is here (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). */
function placeName(address: string): string {
  return address === '::1' || address.startsWith('127.') ? 'this machine' : address
}

function readDevices(raw: unknown): readonly Device[] {
  const sessions = typeof raw === 'object' && raw !== null && 'sessions' in raw ? raw.sessions : undefined
  if (!Array.isArray(sessions)) throw new TypeError('a list of sessions is wanted')
  return sessions.map((session: Record<string, unknown>) => ({
    id: String(session['id']),
    current: session['current'] === true,
    name: deviceName(typeof session['userAgent'] === 'string' ? session['userAgent'] : ''),
    address: typeof session['address'] === 'string' ? placeName(session['address']) : undefined,
    lastUsed: ago(Date.parse(String(session['lastUsedAt'])), Date.now()),
    signedIn: dateAndTime(Date.parse(String(session['createdAt']))),
  }))
}
