// A sign-out that sticks: noted before the server is told, so that one which could not be told is carried out at the next start.

/** Which session is to end, by its public id: no secret. Empty when the page did not know it yet. */
export interface Note {
  readonly sid: string
  readonly everywhere?: boolean | undefined
}

/**
 * Reads the note in localStorage, or writes it; null is none. Where storage is forbidden there is none, and a sign-out is told at
 * once or never.
 */
export function note(
  scope: { readonly localStorage: Record<string, unknown> },
  key: string,
  written?: Note | null,
): Note | null {
  try {
    if (written !== undefined) scope.localStorage[key] = JSON.stringify(written)
    return JSON.parse(scope.localStorage[key] as string) as Note | null
  } catch {
    return null
  }
}
