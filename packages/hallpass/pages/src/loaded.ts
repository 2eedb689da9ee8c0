// What a page shows comes from the server: loaded when the page comes, again when asked, kept while it comes again.
import { useCallback, useEffect, useState } from 'react'
import { auth } from './auth.ts'
import { refusalOf, sentenceOf } from './form/trouble.ts'

export interface Loaded<T> {
  /** Undefined until the first answer. */
  readonly data: T | undefined
  readonly trouble: string | undefined
  readonly reload: () => Promise<T | undefined>
}

/**
 * Loads JSON with the pass.
 *
 * @param path an address of this origin
 * @param read turns what came into what is meant; it throws when it is something else
 * @param waiting true while it is not known yet whether anybody is signed in
 */
export function useLoaded<T>(path: string, read: (raw: unknown) => T, waiting: boolean): Loaded<T> {
  const [{ data, trouble }, setAnswer] = useState<Answer<T>>({ data: undefined, trouble: undefined })

  // What is shown stays while it is asked for again, and when that fails.
  const take = useCallback((answer: Answer<T>) => {
    setAnswer((before) => ({ data: answer.data ?? before.data, trouble: answer.trouble }))
    return answer.data
  }, [])
  const reload = useCallback(async () => take(await ask(path, read)), [path, read, take])

  useEffect(() => {
    let gone = false
    const first = waiting ? undefined : ask(path, read)
    void first?.then((answer) => (gone ? undefined : take(answer)))
    return () => {
      gone = true
    }
  }, [waiting, path, read, take])

  return { data, trouble, reload }
}

interface Answer<T> {
  readonly data: T | undefined
  readonly trouble: string | undefined
}

async function ask<T>(path: string, read: (raw: unknown) => T): Promise<Answer<T>> {
  try {
    const response = await auth.fetch(path)
    if (!response.ok) throw await refusalOf(response)
    return { data: read(await response.json()), trouble: undefined }
  } catch (error) {
    return { data: undefined, trouble: sentenceOf(error).sentence }
  }
}
