// A sign-out that sticks: noted before the server is told, so that one which could not be told is carried out at the next start.

/** Which session is to end, by its public id: no secret. Empty when the page did not know it yet. */
export interface Note {
  readonly sid: string
  readonly everywhere?: boolean | undefined
}

/** The note in localStorage; where storage is forbidden there is none, and a sign-out is told at once or never. */
export function readNote(key: string): Note | null {
  try {
    return JSON.parse(String(localStorage.getItem(key))) as Note | null
  } catch {
    return null
  }
}

export function writeNote(key: string, note: Note | null): void {
  try {
    localStorage.setItem(key, JSON.stringify(note))
  } catch {
    // Forbidden or full.
  }
}
