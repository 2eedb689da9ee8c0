// The page: axios with a pass, and nothing to do about it. No token in sight, no interceptor, no queue of failed requests.
import axios from 'axios'
import { AuthError, createAuth } from '@hallpass/browser'
import { attach } from '@hallpass/browser/axios'

const auth = createAuth()
const api = axios.create({ baseURL: '/api' })
attach(api, auth)

const form = find('#out', HTMLFormElement)
const inside = find('#in', HTMLElement)

auth.subscribe(() => void show())
await auth.ready
await show()

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const alert = find('[role=alert]', HTMLElement)
  alert.textContent = ''
  auth.login(Object.fromEntries(new FormData(form))).catch((error: unknown) => {
    const wrong = error instanceof AuthError && error.code === 'refused'
    alert.textContent = wrong ? 'E-mail or password is wrong.' : 'That did not work; try again.'
  })
})
find('#sign-out', HTMLButtonElement).addEventListener('click', () => void auth.logout())

async function show(): Promise<void> {
  const { status } = auth.state
  if (status === 'in') {
    const { data } = await api.get<{ name: string }>('/profile')
    find('#name', HTMLElement).textContent = data.name
    form.reset()
  }
  form.hidden = status !== 'out'
  inside.hidden = status !== 'in'
}

function find<Kind extends HTMLElement>(selector: string, kind: new () => Kind): Kind {
  const element = document.querySelector(selector)
  if (!(element instanceof kind)) throw new Error(`the page has no ${selector}`)
  return element
}
