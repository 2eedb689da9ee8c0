// The pages of `--serve`: which way of keeping a token to attack, and for each the victim's page, the attacker's desk and the wire.
import type { Target } from '../targets/target.ts'
import { ATTACKER, VICTIM } from './stage.ts'

const head = (title: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>`

const warning =
  'This is a lab. Everything here is broken on purpose, runs on this machine only, and knows nobody real. Do not type a password of yours.'

export function startDocument(targets: readonly Target[], port: number): string {
  const items = targets.map(
    ({ name, title, about }) => `<li><a href="http://lab.${name}.localhost:${port}/">${title}</a><p>${about}</p></li>`,
  )
  return `${head('The lab')}
<style>${consoleStyle}</style>
<body class="start"><p class="warning">${warning}</p>
<main>
<h1>Where is the token, and who gets it?</h1>
<p>Choose a way of keeping people signed in. Then be the victim on one side and the attacker on the other.</p>
<nav aria-label="Ways of keeping a token"><ul class="ways">${items.join('\n')}</ul></nav>
</main>`
}

export function consoleDocument(target: Target, targets: readonly Target[], port: number): string {
  const app = `http://${target.name}.localhost:${port}/`
  const links = targets.map(({ name, title }) =>
    name === target.name
      ? `<strong aria-current="page">${title}</strong>`
      : `<a href="http://lab.${name}.localhost:${port}/">${title}</a>`,
  )
  // The strict one may not be shown in a frame: that is one of its protections.
  const page = target.unframed
    ? `<p>This page refuses to be shown in a frame. <a href="${app}" target="_blank" rel="noopener">Open it in a tab of its own</a>.</p>`
    : `<iframe id="victim" title="The victim’s page" src="${app}"></iframe>`
  return `${head(`The lab: ${target.title}`)}
<link rel="stylesheet" href="/console.css">
<p class="warning">${warning}</p>
<h1>${target.title}</h1>
<p class="about">${target.about} <a href="http://localhost:${port}/">All ways</a></p>
<nav aria-label="Ways of keeping a token"><details><summary>Another way</summary><p>${links.join('<br>')}</p></details></nav>
<main class="desk">
  <section aria-labelledby="victim-title">
    <h2 id="victim-title">The victim’s page</h2>
    <p>Sign in as <code>${VICTIM.email}</code> with <code>${VICTIM.password}</code>.
      <a href="${app}" target="_blank" rel="noopener">In a tab of its own</a></p>
    ${page}
  </section>
  <section aria-labelledby="desk-title">
    <h2 id="desk-title">The attacker’s desk</h2>
    <label for="attack">Attack</label>
    <select id="attack"></select>
    <p id="what"></p>
    <p class="do" id="do"></p>
    <p id="lures" hidden>
      <a class="button" href="http://evil.localhost:${port}/${target.name}/page" target="_blank" rel="opener">Open the attacker’s site</a>
      <a class="button" href="http://blog.${target.name}.localhost:${port}/page" target="_blank" rel="opener">Open the sibling host</a>
    </p>
    <p class="buttons">
      <button data-do="/copy">Copy from the wire</button>
      <button data-do="/use?what=token">Use the token elsewhere</button>
      <button data-do="/use?what=refresh">Refresh elsewhere</button>
      <button data-do="/later">16 minutes later</button>
    </p>
    <h3>Loot</h3>
    <ul id="loot"></ul>
    <ol id="log" role="log" aria-live="polite"></ol>
    <dl>
      <dt>Why it works where it works</dt><dd id="why"></dd>
      <dt>What stops it</dt><dd id="stops"></dd>
      <dt>Measured by <code>npm run lab</code></dt><dd id="measured"></dd>
    </dl>
  </section>
  <section class="wire" aria-labelledby="wire-title">
    <h2 id="wire-title">On the wire</h2>
    <ol id="wire" tabindex="0" aria-labelledby="wire-title"></ol>
  </section>
</main>
<p class="about">The attacker’s own account: <code>${ATTACKER.email}</code>, <code>${ATTACKER.password}</code>. Over plain http on loopback cookies
have no prefix in their name; the attacks that turn on that are measured over TLS.</p>
<script type="module" src="/console.js"></script>`
}

export const consoleStyle = `
:root { color-scheme: light dark; --line: light-dark(#c9c9d2, #44444f); --ink: light-dark(#16161d, #ececf1); --paper: light-dark(#fff, #16161d); --warn: light-dark(#7a2200, #ffb599); --tint: light-dark(#f4f4f8, #22222b); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 84rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { line-height: 1.2; } h2 { font-size: 1.15rem; margin: 0 0 .5rem; } h3 { font-size: 1rem; margin: 1rem 0 0; }
.warning { border-inline-start: .35rem solid var(--warn); padding: .5rem .8rem; color: var(--warn); background: var(--tint); margin-top: 0; font-weight: 600; }
.desk { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
section { border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; min-width: 0; }
.wire { grid-column: 1 / -1; }
iframe { width: 100%; height: 36rem; border: 1px solid var(--line); border-radius: .4rem; background: #fff; color-scheme: light; }
select, button, .button { font: inherit; min-height: 2.75rem; padding: .4rem .8rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--tint); color: inherit; max-width: 100%; }
.button { display: inline-flex; align-items: center; text-decoration: none; }
select { width: 100%; display: block; }
:focus-visible { outline: 3px solid light-dark(#2456d6, #8fb0ff); outline-offset: 2px; }
.buttons, #lures { display: flex; flex-wrap: wrap; gap: .5rem; } #lures[hidden] { display: none; }
.do { background: var(--tint); padding: .6rem .8rem; border-radius: .4rem; font-weight: 600; }
code, #wire, #log, #loot { font-family: ui-monospace, monospace; font-size: .85rem; overflow-wrap: anywhere; }
ol, ul { padding-inline-start: 2.2rem; } #wire { max-height: 20rem; overflow: auto; }
dt { font-weight: 600; margin-top: .6rem; } dd { margin: 0; }
.ways { list-style: none; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); }
.ways li { border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; } .ways a { display: inline-block; padding-block: .5rem; font-weight: 600; font-size: 1.1rem; } .ways p { margin: .3rem 0 0; }
a { color: light-dark(#1b45b4, #9db8ff); }
@media (max-width: 48rem) { .desk { grid-template-columns: minmax(0, 1fr); } iframe { height: 30rem; } body { padding: .7rem; } }
`
