// What can be found wrong with a page by looking at it as the browser laid it out: names, contrast, size. Not everything that
// matters to people can be measured; these can.
import type { Page } from 'playwright-core'

/** What is wrong and where, in words. */
export type PageFault = string

/** Controls without a name, ids that come twice, and what a page has too many or too few of. */
export function nameFaults(page: Page): Promise<readonly PageFault[]> {
  return page.evaluate(() => {
    const faults: string[] = []
    const there = (element: Element) => element.checkVisibility({ visibilityProperty: true })
    const describe = (element: Element) => element.outerHTML.slice(0, 80)
    const text = (id: string | null) => (id === null ? '' : (document.getElementById(id)?.textContent ?? ''))
    for (const control of document.querySelectorAll<HTMLElement>('a, button, input:not([hidden]), select, textarea')) {
      if (!there(control)) continue
      const label =
        control instanceof HTMLInputElement ? [...(control.labels ?? [])].map((one) => one.innerText).join() : ''
      const own =
        control.getAttribute('aria-label') ??
        (text(control.getAttribute('aria-labelledby')) || label || control.innerText)
      if (own.trim() === '') faults.push(`no name: ${describe(control)}`)
      // What one sees on a button is part of what one says to it (WCAG 2.2, 2.5.3).
      if (control instanceof HTMLButtonElement && !own.toLowerCase().includes(control.innerText.trim().toLowerCase()))
        faults.push(`called otherwise than it looks: ${describe(control)}`)
    }
    for (const attribute of ['aria-describedby', 'aria-labelledby', 'aria-controls', 'for']) {
      for (const element of document.querySelectorAll(`[${attribute}]`)) {
        const id = element.getAttribute(attribute) ?? ''
        if (document.getElementById(id) === null) faults.push(`${attribute} leads nowhere: ${describe(element)}`)
      }
    }
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`an id twice: ${id}`)
    for (const one of ['h1', 'main', 'header.top', 'nav'])
      if (document.querySelectorAll(one).length !== 1) faults.push(`not one ${one}`)
    if (document.documentElement.lang !== 'en') faults.push('no language')
    const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map(({ tagName }) => Number(tagName[1]))
    levels.forEach((level, index) => {
      if (level > (levels[index - 1] ?? 0) + 1)
        faults.push(`a heading of level ${level} after ${levels[index - 1] ?? 'nothing'}`)
    })
    return faults
  })
}

/** Text that does not stand out from its ground by 4.5 to 1, or 3 to 1 when it is large (WCAG 2.2, 1.4.3). */
export function contrastFaults(page: Page): Promise<readonly PageFault[]> {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    if (canvas === null) throw new Error('no canvas')
    type Colour = readonly [number, number, number, number]
    // The browser reads its own colours, whatever space they are written in.
    const read = (css: string): Colour => {
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = css
      canvas.fillRect(0, 0, 1, 1)
      const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data
      return [r, g, b, a / 255]
    }
    const over = ([r, g, b, a]: Colour, [R, G, B]: Colour): Colour => [
      r * a + R * (1 - a),
      g * a + G * (1 - a),
      b * a + B * (1 - a),
      1,
    ]
    const groundOf = (element: Element | null): Colour => {
      if (element === null) return read(getComputedStyle(document.documentElement).backgroundColor)
      const ground = read(getComputedStyle(element).backgroundColor)
      return ground[3] === 1 ? ground : over(ground, groundOf(element.parentElement))
    }
    const luminance = ([r, g, b]: Colour) => {
      const [R = 0, G = 0, B = 0] = [r, g, b].map((part) => {
        const share = part / 255
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * R + 0.7152 * G + 0.0722 * B
    }
    const faults: string[] = []
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim())
      if (!own || !element.checkVisibility() || element.closest('.visually-hidden, noscript, [inert]')) continue
      const { color, fontSize, fontWeight } = getComputedStyle(element)
      const ground = groundOf(element)
      const [light = 1, dark = 0] = [luminance(over(read(color), ground)), luminance(ground)].sort((a, b) => b - a)
      const ratio = (light + 0.05) / (dark + 0.05)
      const size = Number.parseFloat(fontSize)
      const large = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700)
      if (ratio < (large ? 3 : 4.5)) faults.push(`${ratio.toFixed(2)}: ${element.innerText.slice(0, 60)}`)
    }
    return faults
  })
}

/** Content that is wider than the screen. */
export function sidewaysScroll(page: Page): Promise<readonly PageFault[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return scrollWidth > clientWidth ? [`${scrollWidth} pixels on a screen of ${clientWidth}`] : []
  })
}

/** Controls under 24 pixels that stand in no sentence (WCAG 2.2, 2.5.8). */
export function smallTargets(page: Page): Promise<readonly PageFault[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('a, button, input:not([hidden])')].flatMap((control) => {
      const { width, height } = control.getBoundingClientRect()
      const exempt = control.closest('p') !== null || control.closest('label') !== null || control.matches('.skip')
      return !exempt && (width < 24 || height < 24) ? [`${width}×${height}: ${control.outerHTML.slice(0, 60)}`] : []
    }),
  )
}
