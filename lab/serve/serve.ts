// `npm run lab -- --serve`: the same attacks on pages that a person clicks through.

/** Not built yet. */
export async function serve(): Promise<void> {
  throw new Error('the pages are not built yet')
}
