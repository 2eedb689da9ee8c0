// A new password. Every session ends with it, this one too, and a new one starts: whoever knew the old password is out.
import { useState } from 'react'
import { auth } from '../auth.ts'
import { PasswordField } from '../form/field.tsx'
import { Form, useAttempt, valueOf } from '../form/form.tsx'
import { checkNewPassword, lengthHint } from '../form/new-password.ts'
import { refusalOf, Refused, Unfit } from '../form/trouble.ts'

export function ChangePassword() {
  const [typed, setTyped] = useState('')
  const [done, setDone] = useState('')

  const attempt = useAttempt(async (values, form) => {
    setDone('')
    const [current, next] = [valueOf(values, 'current'), valueOf(values, 'next')]
    if (current === '') throw new Unfit('current', 'The password you have now is wanted here.')
    checkNewPassword('next', next)
    await change(current, next)
    form.reset()
    setTyped('')
    setDone('Your password is changed, and every other device is signed out.')
  })
  const wrong = (name: string) => (attempt.trouble?.member === name ? attempt.trouble.sentence : undefined)

  return (
    <section aria-labelledby="password">
      <h2 id="password">Password</h2>
      <p>A new password signs you out everywhere else.</p>
      <Form attempt={attempt} action="Change password" busyAction="Changing it…" label="Change password" done={done}>
        {/* Tells password managers whose password this is. */}
        <input type="text" name="username" autoComplete="username" value={auth.user?.email ?? ''} readOnly hidden />
        <PasswordField
          label="Password now"
          name="current"
          autoComplete="current-password"
          required
          error={wrong('current')}
        />
        <PasswordField
          label="New password"
          name="next"
          autoComplete="new-password"
          required
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          hint={lengthHint(typed)}
          error={wrong('next')}
        />
      </Form>
    </section>
  )
}

async function change(current: string, next: string): Promise<void> {
  const response = await auth.fetch('/api/auth/password', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ current, next }),
  })
  if (response.ok) {
    await auth.adopt(response)
    return
  }
  const refused = await refusalOf(response)
  if (refused.problem.code === 'invalid_credentials')
    throw new Unfit('current', 'This is not the password you have now.')
  if (refused.problem.code === 'invalid_password') throw new Refused({ ...refused.problem, member: 'next' })
  throw refused
}
