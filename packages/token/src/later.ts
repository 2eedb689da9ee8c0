// A value that is here now, or later. The Node backend answers at once and the Web backend by promise; the code between is the
// same, and stays synchronous wherever the backend is.

/** A value or a promise of it. */
export type Later<T> = T | Promise<T>

/** Tells whether a value still has to be awaited. */
export function isLater<T>(value: Later<T>): value is Promise<T> {
  return value instanceof Promise || (typeof value === 'object' && value !== null && 'then' in value)
}
