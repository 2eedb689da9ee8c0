// What text may hold on both engines: Unicode scalar values without U+0000. PostgreSQL refuses a NUL in text, and no
// UTF-8 text can hold a lone surrogate; each becomes U+FFFD on its way in, so that no input makes an engine fail.

/** The parameters of a statement as both engines can store them; values that are no strings pass unchanged. */
export function storable(parameters: readonly unknown[]): readonly unknown[] {
  return parameters.map((value) =>
    typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value,
  )
}
