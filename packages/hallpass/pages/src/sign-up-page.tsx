// Making an account.
import { useState } from 'react'
import { auth } from './auth.ts'
import { Field, PasswordField } from './form/field.tsx'
import { Form, useAttempt, valueOf } from './form/form.tsx'
import { checkNewPassword, lengthHint } from './form/new-password.ts'
import { Unfit } from './form/trouble.ts'
import { Heading } from './heading.tsx'
import { Link } from './place.tsx'

export function SignUpPage({ waiting }: { waiting: boolean }) {
  const [typed, setTyped] = useState('')
  const attempt = useAttempt(async (values) => {
    const [email, name, password] = [
      valueOf(values, 'email'),
      valueOf(values, 'name').trim(),
      valueOf(values, 'password'),
    ]
    if (email === '') throw new Unfit('email', 'Your e-mail address is wanted here.')
    checkNewPassword('password', password)
    await auth.login({ email, password, ...(name !== '' && { name }) }, { path: 'register' })
  })
  const wrong = (name: string) => (attempt.trouble?.member === name ? attempt.trouble.sentence : undefined)

  return (
    <section className="narrow" inert={waiting}>
      <Heading>Sign up</Heading>
      <Form attempt={attempt} action="Make an account" busyAction="Making it…" label="Sign up">
        <Field label="E-mail" name="email" type="email" autoComplete="username" required error={wrong('email')} />
        <Field label="Name, if you like" name="name" autoComplete="name" maxLength={100} error={wrong('name')} />
        <PasswordField
          label="Password"
          name="password"
          autoComplete="new-password"
          required
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          hint={lengthHint(typed)}
          error={wrong('password')}
        />
      </Form>
      <p className="aside">
        Been here before? <Link to="/sign-in">Sign in</Link>
      </p>
    </section>
  )
}
