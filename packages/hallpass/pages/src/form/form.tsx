// A form: one attempt at a time, and one place where it says what went wrong, read out as soon as it is there.
import { useState, type FormEvent, type ReactNode } from 'react'
import { sentenceOf, type Trouble } from './trouble.ts'

export interface Attempt {
  readonly busy: boolean
  readonly trouble: Trouble | undefined
  readonly submit: (event: FormEvent<HTMLFormElement>) => void
}

/**
 * Runs `work` when the form is sent; what it throws becomes trouble in words.
 *
 * @param work is given the form's values by name
 */
export function useAttempt(work: (values: FormData, form: HTMLFormElement) => Promise<void>): Attempt {
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<Trouble>()

  const attempt = async (form: HTMLFormElement) => {
    setBusy(true)
    setTrouble(undefined)
    try {
      await work(new FormData(form), form)
    } catch (error) {
      const told = sentenceOf(error)
      setTrouble(told)
      // Where it went wrong is where the person goes on; the form's own line is read out by itself.
      form.querySelector<HTMLInputElement>(`[name="${told.member ?? 'password'}"]`)?.focus()
    } finally {
      setBusy(false)
    }
  }

  return {
    busy,
    trouble,
    submit: (event) => {
      event.preventDefault()
      if (!busy) void attempt(event.currentTarget)
    },
  }
}

/** The value of an input by its name. */
export function valueOf(values: FormData, name: string): string {
  const value = values.get(name)
  return typeof value === 'string' ? value : ''
}

interface FormProps {
  readonly attempt: Attempt
  readonly action: string
  readonly busyAction: string
  readonly label: string
  readonly done?: string | undefined
  readonly children: ReactNode
}

export function Form({ attempt, action, busyAction, label, done, children }: FormProps) {
  return (
    // The browser's own bubbles cannot be styled or read twice; our lines can.
    <form noValidate aria-label={label} onSubmit={attempt.submit}>
      {children}
      <p className={attempt.trouble === undefined ? 'outcome' : 'outcome wrong'} role="alert">
        {attempt.trouble?.member === undefined ? (attempt.trouble?.sentence ?? '') : ''}
      </p>
      <div className="actions">
        <button type="submit" className="primary" aria-disabled={attempt.busy}>
          {attempt.busy ? busyAction : action}
        </button>
        <p className="done" role="status">
          {attempt.busy ? '' : (done ?? '')}
        </p>
      </div>
    </form>
  )
}
