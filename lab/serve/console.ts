// The attacker's desk in the browser: chooses an attack, presses its buttons, and shows what came in and what the wire carried.

interface Listed {
  readonly name: string
  readonly group: string
  readonly title: string
  readonly what: string
  readonly why: string
  readonly stops: string
  readonly how: 'early' | 'late' | 'lure' | 'copied' | 'measured'
}

interface State {
  readonly armed?: string
  readonly kinds: readonly string[]
  readonly desk: readonly string[]
  readonly wire: readonly string[]
  readonly moved: number
  readonly transfers: readonly string[]
  readonly votes: readonly string[]
  readonly attacks: readonly Listed[]
  readonly cells: readonly { readonly attack: string; readonly outcome: string; readonly evidence: string }[]
}

const STEPS: Readonly<Record<Listed['how'], string>> = {
  late: 'Sign in on the victim’s page, then press “Read the guest book” there: the script is in it. Then press “Show my profile”.',
  early: 'Reload the victim’s page (its dependency has been altered), then sign in.',
  lure: 'Sign in on the victim’s page (unless signing in is what the attack does), then open the attacker’s site and the sibling host, as the victim would.',
  copied:
    'Sign in on the victim’s page, press “Show my profile” there, then “Copy from the wire”. Do what the row says, and use what you have.',
  measured:
    'This one is told, not played: the line under “Measured” says what came of it. It needs TLS and its own browser.',
}

const find = (id: string): HTMLElement => {
  const found = document.querySelector(`#${id}`)
  if (found instanceof HTMLElement) return found
  throw new Error(`the page has no ${id}`)
}
const choice = find('attack') as HTMLSelectElement

const list = (id: string, lines: readonly string[]): void => {
  const list = find(id)
  // Only what is new is added, so that a screen reader says it once.
  if (lines.length < list.childElementCount) list.replaceChildren()
  for (const line of lines.slice(list.childElementCount)) {
    const item = document.createElement('li')
    item.textContent = line
    list.append(item)
    list.scrollTop = list.scrollHeight
  }
}

const post = (path: string): Promise<Response> => fetch(path, { method: 'POST' })

function fill(attacks: readonly Listed[]): void {
  if (choice.childElementCount > 0) return
  choice.append(new Option('Choose an attack', ''))
  for (const group of new Set(attacks.map(({ group }) => group))) {
    const element = document.createElement('optgroup')
    element.label = group
    for (const { name, title } of attacks.filter((attack) => attack.group === group))
      element.append(new Option(title, name))
    choice.append(element)
  }
}

async function show(): Promise<void> {
  const state = (await (await fetch('/state')).json()) as State
  fill(state.attacks)
  const chosen = state.attacks.find(({ name }) => name === state.armed)
  if (document.activeElement !== choice) choice.value = chosen?.name ?? ''
  find('what').textContent = chosen?.what ?? ''
  find('do').textContent = chosen === undefined ? 'Choose an attack first.' : STEPS[chosen.how]
  find('why').textContent = chosen?.why ?? ''
  find('stops').textContent = chosen?.stops ?? ''
  find('lures').hidden = chosen?.how !== 'lure'
  const cell = state.cells.find(({ attack }) => attack === chosen?.name)
  find('measured').textContent =
    chosen === undefined ? '' : cell === undefined ? 'not measured yet' : `${cell.outcome}: ${cell.evidence}`
  const clock = state.moved > 0 ? [`the server’s clock is ${state.moved} minutes ahead`] : []
  list('loot', [...state.kinds, ...state.transfers, ...state.votes, ...clock])
  list('log', state.desk)
  list('wire', state.wire)
}

// One after the other: whoever walks down the list with an arrow key chooses faster than the attacks are put in place.
let last: Promise<void> = Promise.resolve()
const act = (path: string): Promise<void> => {
  const before = last
  const next = async (): Promise<void> => {
    await before.catch(() => undefined)
    await post(path)
    find('loot').replaceChildren()
    await show()
  }
  last = next()
  return last
}

choice.addEventListener('change', () => void act(`/arm?attack=${encodeURIComponent(choice.value)}`))
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-do]'))
  button.addEventListener('click', () => void act(button.dataset['do'] ?? ''))

const watch = async (): Promise<void> => {
  for (;;) {
    if (!document.hidden) await show().catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 700))
  }
}
void watch()
