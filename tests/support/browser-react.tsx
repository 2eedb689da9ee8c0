// A React application in StrictMode that counts how often it renders.
import { Profiler, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createAuth, type Auth } from '@hallpass/browser'
import { useAuth, useUser } from '@hallpass/browser/react'

declare global {
  var renders: number
  var unmount: () => void
}

interface Person {
  readonly id: string
  readonly email: string
}

const client: Auth<Person> = createAuth<Person>({ user: (raw) => raw as Person })
globalThis.auth = client
globalThis.renders = 0

function App() {
  const { status } = useAuth(client)
  const user = useUser(client)
  return (
    <p>
      {status} {user?.email}
    </p>
  )
}

const element = document.getElementById('root')
if (element === null) throw new Error('no place for the application')
const root = createRoot(element)
root.render(
  <StrictMode>
    <Profiler id="application" onRender={() => (globalThis.renders += 1)}>
      <App />
      <App />
    </Profiler>
  </StrictMode>,
)
globalThis.unmount = () => root.unmount()
