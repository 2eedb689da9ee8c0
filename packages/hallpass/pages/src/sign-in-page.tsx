// Signing in with e-mail and password.
import { auth } from './auth.ts'
import { Field, PasswordField } from './form/field.tsx'
import { Form, useAttempt, valueOf } from './form/form.tsx'
import { Unfit } from './form/trouble.ts'
import { Heading } from './heading.tsx'
import { Link } from './place.tsx'

export function SignInPage({ waiting }: { waiting: boolean }) {
  const attempt = useAttempt(async (values) => {
    const [email, password] = [valueOf(values, 'email'), valueOf(values, 'password')]
    if (email === '') throw new Unfit('email', 'Your e-mail address is wanted here.')
    if (password === '') throw new Unfit('password', 'Your password is wanted here.')
    await auth.login({ email, password, persistent: values.get('persistent') !== null })
  })
  const wrong = (name: string) => (attempt.trouble?.member === name ? attempt.trouble.sentence : undefined)

  return (
    <section className="narrow" inert={waiting}>
      <Heading>Sign in</Heading>
      <Form attempt={attempt} action="Sign in" busyAction="Signing in…" label="Sign in">
        <Field label="E-mail" name="email" type="email" autoComplete="username" required error={wrong('email')} />
        <PasswordField
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          error={wrong('password')}
        />
        <label className="choice">
          <input type="checkbox" name="persistent" defaultChecked />
          Stay signed in when the browser closes
        </label>
      </Form>
      <p className="aside">
        No account yet? <Link to="/sign-up">Sign up</Link>
      </p>
    </section>
  )
}
