// Where in the pages a person is: the path, and links that change it without a reload, which would cost the pass in memory a
// refresh. The server knows the same places (http/pages.ts).
import { useSyncExternalStore, type ReactNode } from 'react'

const listeners = new Set<() => void>()

/** Goes to another place; `replace` when the one we leave should not be in the history. */
export function go(path: string, options: { readonly replace?: boolean } = {}): void {
  if (path === location.pathname) return
  history[options.replace ? 'replaceState' : 'pushState'](null, '', path)
  scrollTo(0, 0)
  for (const listener of listeners) listener()
}

export function usePlace(): string {
  return useSyncExternalStore(subscribe, () => location.pathname)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    removeEventListener('popstate', listener)
  }
}

/** A link inside the pages. With a modifier key it is the browser's own business, as ever. */
export function Link({ to, current, children }: { to: string; current?: boolean; children: ReactNode }) {
  return (
    <a
      href={to}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0) return
        event.preventDefault()
        go(to)
      }}
    >
      {children}
    </a>
  )
}
