// The one page of the little application, and its style.

export const style = `
body { max-width: 34rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #16161d; background: #fff; }
label { display: block; margin-block: .5rem; }
input, button { font: inherit; min-height: 2.5rem; padding: .3rem .7rem; border: 1px solid #8a8a96; border-radius: .4rem; }
input { display: block; width: 100%; box-sizing: border-box; }
form, section { margin-block: 1rem; }
`

export const document = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Little bank</title>
<link rel="stylesheet" href="/style.css">
<script src="/vendor.js"></script>
<h1>Little bank</h1>
<p id="state">loading</p>
<form id="sign-in" hidden>
  <label>E-mail <input name="email" type="email" autocomplete="username"></label>
  <label>Password <input name="password" type="password" autocomplete="current-password"></label>
  <button>Sign in</button>
</form>
<section id="signed-in" hidden>
  <p>Signed in as <output id="who"></output></p>
  <button id="show">Show my profile</button>
  <form id="transfer">
    <label>Send 10 to <input name="to" value="a friend"></label>
    <button>Send</button>
  </form>
  <form id="password">
    <label>Password <input name="current" type="password" autocomplete="current-password"></label>
    <label>New password <input name="next" type="password" autocomplete="new-password"></label>
    <button>Change it</button>
  </form>
  <button id="sign-out">Sign out</button>
</section>
<button id="read-notes">Read the guest book</button>
<div id="notes"></div>
<p id="told" role="status"></p>
<p><a href="/about">About us</a></p>
<script type="module" src="/app.js"></script>
`
