// What the page of the little application does, the same for every target; how it signs in and calls the API is the client's.

/** What differs between the ways of keeping a token. */
export interface Client {
  /** Whether somebody is still signed in, at the start of the page. */
  restore(): Promise<boolean>
  /** Throws when it is refused. */
  signIn(email: string, password: string): Promise<void>
  signOut(): Promise<void>
  /** Calls the API in the person's name; answers the status and the body read as JSON. */
  call(path: string, body?: unknown): Promise<{ status: number; body: unknown }>
  changePassword(current: string, next: string): Promise<boolean>
  /** Hears that the person was signed out elsewhere. */
  onSignedOut?(listener: () => void): void
}

export function run(client: Client): void {
  const find = (id: string) => document.querySelector(`#${id}`) as HTMLElement
  const field = (form: string, name: string) =>
    (find(form) as HTMLFormElement).elements.namedItem(name) as HTMLInputElement
  const tell = (text: string) => (find('told').textContent = text)

  const show = (signedIn: boolean): void => {
    find('sign-in').hidden = signedIn
    find('signed-in').hidden = !signedIn
    find('state').textContent = signedIn ? 'signed in' : 'signed out'
    if (!signedIn) find('who').textContent = ''
  }
  const profile = async (): Promise<void> => {
    const { status, body } = await client.call('/api/profile')
    find('who').textContent = status === 200 ? String((body as { email: unknown }).email) : ''
    tell(`profile: ${status}`)
  }
  const start = async (): Promise<void> => {
    const signedIn = await client.restore()
    show(signedIn)
    if (signedIn) await profile()
    tell('ready')
  }

  const on = (id: string, type: string, work: () => Promise<void>): void =>
    find(id).addEventListener(type, (event) => {
      event.preventDefault()
      tell('…')
      work().catch((error: unknown) => tell(`error: ${String(error)}`))
    })
  on('sign-in', 'submit', async () => {
    await client.signIn(field('sign-in', 'email').value, field('sign-in', 'password').value)
    show(true)
    await profile()
    tell('done')
  })
  on('show', 'click', profile)
  on('transfer', 'submit', async () => {
    const { status } = await client.call('/api/transfer', { to: field('transfer', 'to').value })
    tell(`sent: ${status}`)
  })
  on('password', 'submit', async () => {
    const changed = await client.changePassword(field('password', 'current').value, field('password', 'next').value)
    tell(changed ? 'changed' : 'not changed')
  })
  on('sign-out', 'click', async () => {
    await client.signOut()
    show(false)
    tell('signed out')
  })
  on('read-notes', 'click', async () => {
    const notes = (await (await fetch('/api/notes')).json()) as string[]
    // The author forgot that a guest can write anything. The lab's injected scripts come in here.
    find('notes').innerHTML = notes.join('<hr>')
    tell('read')
  })
  client.onSignedOut?.(() => show(false))
  start().catch((error: unknown) => tell(`error: ${String(error)}`))
}
