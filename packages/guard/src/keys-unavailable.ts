// The one error a key source may throw into a guard: the key is not known now and cannot be asked for now.

/** Thrown by a `KeySource` whose keys cannot be reached; a guard answers 503 `keys_unavailable`, never 401. */
export class KeysUnavailable extends Error {
  override readonly name: string = 'KeysUnavailable'
}
