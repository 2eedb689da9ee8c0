// One line of a form: a label, its input, and one line below that says what is wanted or what is wrong. The line is always
// there, so that nothing moves when it changes.
import { useId, useState, type InputHTMLAttributes } from 'react'

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id'> {
  readonly label: string
  readonly hint?: string | undefined
  /** Replaces the hint, and is read out with the input. */
  readonly error?: string | undefined
}

export function Field({ label, hint, error, ...input }: FieldProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input {...input} id={id} aria-invalid={error !== undefined} aria-describedby={`${id}-line`} />
      <Line id={`${id}-line`} hint={hint} error={error} />
    </div>
  )
}

/** A password that can be looked at; pasting and password managers are welcome (NIST SP 800-63B-4, 3.1.1.2). */
export function PasswordField({ label, hint, error, ...input }: Omit<FieldProps, 'type'>) {
  const id = useId()
  const [shown, setShown] = useState(false)
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="with-button">
        <input
          {...input}
          id={id}
          type={shown ? 'text' : 'password'}
          autoCapitalize="none"
          spellCheck={false}
          aria-invalid={error !== undefined}
          aria-describedby={`${id}-line`}
        />
        <button
          type="button"
          aria-controls={id}
          aria-label={`${shown ? 'Hide' : 'Show'} the password: ${label}`}
          onClick={() => setShown(!shown)}
        >
          {shown ? 'Hide' : 'Show'}
        </button>
      </div>
      <Line id={`${id}-line`} hint={hint} error={error} />
    </div>
  )
}

function Line({ id, hint, error }: { id: string; hint: string | undefined; error: string | undefined }) {
  return (
    <p id={id} className={error === undefined ? 'line' : 'line wrong'}>
      {error ?? hint ?? ''}
    </p>
  )
}
