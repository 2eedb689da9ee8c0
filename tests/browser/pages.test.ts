// The pages as people use them: sign up, come back, sign in, see one's devices, sign them out, change the password.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { PAGE_PASSWORD, openPages, type Visitors } from '../support/pages.ts'

let pages: Visitors
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages.close())
afterEach(() => expect(pages.complaints()).toEqual([]))

test('sign up, reload, close and come back: still signed in', async () => {
  const browser = await pages.browser()
  const page = await pages.open(browser, '/')
  expect(new URL(page.url()).pathname).toBe('/sign-in')
  const { email } = await pages.signUp(page)

  await page.reload()
  await page.getByRole('link', { name: 'Account' }).click()
  await page.getByText(email).waitFor()
  expect(await page.getByRole('definition').first().textContent()).toBe('Ada Lovelace')
  await page.close()

  const again = await pages.open(browser, '/account')
  await again.getByText(email).waitFor()
  expect(new URL(again.url()).pathname).toBe('/account')
  await browser.close()
})

test('a wrong password is said, read out, and the way to go on is one key away', async () => {
  const browser = await pages.browser()
  const page = await pages.open(browser, '/')
  const person = await pages.signUp(page)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL('**/sign-in')

  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password', { exact: true }).fill('something else entirely')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('The e-mail address or the password is wrong.').waitFor()
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('password')

  await page.keyboard.press('Control+A')
  await page.keyboard.type(person.password)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/inside')
  await browser.close()
})

test('signing up says what is wrong beside what is wrong', async () => {
  const browser = await pages.browser()
  const page = await pages.open(browser, '/')
  const { email } = await pages.signUp(page)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Sign up' }).first().click()

  const line = async (label: string) => {
    const input = page.getByLabel(label, { exact: true })
    const id = await input.getAttribute('aria-describedby')
    return [await input.getAttribute('aria-invalid'), await page.locator(`[id="${id}"]`).textContent()]
  }
  const send = () => page.getByRole('button', { name: 'Make an account' }).click()

  await send()
  expect(await line('E-mail')).toEqual(['true', 'Your e-mail address is wanted here.'])
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill('short')
  expect(await line('Password')).toEqual(['false', '10 more characters.'])
  await send()
  expect(await line('Password')).toEqual(['true', 'At least 15 characters, please; this has 5.'])
  await page.getByLabel('Password', { exact: true }).fill(email)
  await send()
  await page.getByText('too close to your own name or e-mail address').waitFor()
  await page.getByLabel('Password', { exact: true }).fill(PAGE_PASSWORD)
  await send()
  await page.getByText('There is an account with this address already.').waitFor()
  expect((await line('E-mail'))[0]).toBe('true')
  await browser.close()
})

test('a password can be pasted, and looked at', async () => {
  const browser = await pages.browser({ permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await pages.open(browser, '/sign-in')
  const field = page.getByLabel('Password', { exact: true })
  await page.evaluate((text) => navigator.clipboard.writeText(text), PAGE_PASSWORD)
  // Again until it arrives: the browser now and then gives the clipboard a moment later than it says.
  await expect
    .poll(async () => {
      if ((await field.inputValue()) === '') {
        await field.focus()
        await page.keyboard.press('Control+V')
      }
      return field.inputValue()
    })
    .toBe(PAGE_PASSWORD)

  const type = () => field.getAttribute('type')
  expect(await type()).toBe('password')
  await page.getByRole('button', { name: 'Show the password: Password' }).click()
  expect([await type(), await field.inputValue()]).toEqual(['text', PAGE_PASSWORD])
  await page.getByRole('button', { name: 'Hide the password: Password' }).click()
  expect(await type()).toBe('password')
  await browser.close()
})

test('password managers are told what is what', async () => {
  const browser = await pages.browser()
  const page = await pages.open(browser, '/sign-in')
  const told = () =>
    page.locator('input:not([type=checkbox])').evaluateAll((all) => all.map((one) => one.getAttribute('autocomplete')))
  expect(await told()).toEqual(['username', 'current-password'])
  await page.goto('/sign-up')
  await page.locator('form').waitFor()
  expect(await told()).toEqual(['username', 'name', 'new-password'])
  await pages.signUp(page)
  await page.getByRole('link', { name: 'Account' }).click()
  await page.locator('form').waitFor()
  expect(await told()).toEqual(['username', 'current-password', 'new-password'])
  await browser.close()
})

test('another device is listed, and can be signed out from here', async () => {
  const [here, there] = [await pages.browser(), await pages.browser({ userAgent: 'Mozilla/5.0 (iPhone) Safari/604.1' })]
  const page = await pages.open(here, '/')
  const person = await pages.signUp(page)
  const other = await pages.open(there, '/')
  await pages.signIn(other, person)

  await page.getByRole('link', { name: 'Account' }).click()
  const devices = page.getByRole('listitem')
  await page.getByText('Safari on iPhone', { exact: true }).waitFor()
  expect(await devices.count()).toBe(2)
  expect(await devices.filter({ hasText: 'this one' }).filter({ hasText: 'Chrome on Linux' }).count()).toBe(1)

  await page.getByRole('button', { name: 'Sign out this one: Safari on iPhone' }).click()
  await page.getByRole('status').getByText('Safari on iPhone is signed out.').waitFor()
  expect(await devices.count()).toBe(1)

  // The pass the other device still holds opens nothing from this moment on.
  await other.getByRole('link', { name: 'Account' }).click()
  await other.waitForURL('**/sign-in')
  await Promise.all([here.close(), there.close()])
})

test('a new password signs the other devices out, and not this one', async () => {
  const [here, there] = [await pages.browser(), await pages.browser()]
  const page = await pages.open(here, '/')
  const person = await pages.signUp(page)
  const other = await pages.open(there, '/')
  await pages.signIn(other, person)

  await page.getByRole('link', { name: 'Account' }).click()
  const next = 'an analytical engine of words'
  await page.getByLabel('Password now', { exact: true }).fill('not the one I have')
  await page.getByLabel('New password', { exact: true }).fill(next)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('This is not the password you have now.').waitFor()

  await page.getByLabel('Password now', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByRole('status').getByText('Your password is changed').waitFor()
  expect(await page.getByLabel('New password', { exact: true }).inputValue()).toBe('')

  await other.reload()
  await other.waitForURL('**/sign-in')
  await page.reload()
  await page.getByText(person.email).waitFor()
  await pages.signIn(other, { ...person, password: next })
  await Promise.all([here.close(), there.close()])
})

test('sign out everywhere means here as well', async () => {
  const [here, there] = [await pages.browser(), await pages.browser()]
  const page = await pages.open(here, '/')
  const person = await pages.signUp(page)
  const other = await pages.open(there, '/')
  await pages.signIn(other, person)

  await page.getByRole('link', { name: 'Account' }).click()
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.waitForURL('**/sign-in')
  await other.reload()
  await other.waitForURL('**/sign-in')
  await page.goBack()
  await page.waitForURL('**/sign-in')
  expect(await page.getByText(person.email).count()).toBe(0)
  await Promise.all([here.close(), there.close()])
})

test('an address that does not exist says so, and leads back', async () => {
  const browser = await pages.browser()
  const page = await browser.newPage()
  const response = await page.goto('/acount')
  expect(response?.status()).toBe(404)
  await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
  await page.getByRole('link', { name: 'Go to the start' }).click()
  await page.waitForURL('**/sign-in')
  await browser.close()
})

test('without JavaScript the page says why it needs it', async () => {
  const browser = await pages.browser({ javaScriptEnabled: false })
  const page = await browser.newPage()
  await page.goto('/')
  expect(await page.locator('noscript').innerText()).toContain('need JavaScript')
  await browser.close()
})
