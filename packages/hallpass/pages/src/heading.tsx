// The heading of a page: it names the tab too, and takes the focus when one page follows another, so that a screen reader
// says where one has come to.
import { useEffect, useRef } from 'react'

let first = true

export function Heading({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${children} · Hallpass`
    // The first page after a load starts at its top, as any document does.
    if (!first) heading.current?.focus({ preventScroll: true })
    first = false
  }, [children])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  )
}
