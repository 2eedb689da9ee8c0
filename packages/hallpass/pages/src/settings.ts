// What the server tells the pages about itself: meta elements of the document, as there is no inline script to do it.

/** Whether "Inside your pass" is there: in development only. */
export const hasInside: boolean = read('inside') === 'true'

/** Code points. */
export const shortestPassword: number = Number(read('shortest-password') ?? 15)

function read(name: string): string | undefined {
  return document.querySelector<HTMLMetaElement>(`meta[name="hallpass-${name}"]`)?.content
}
