// What is SQLite's own: one process for each file, what was answered is on the disk, the file is its owner's alone.
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startScript } from '../../../../tests/support/script.ts'
import { audit, ending, newSession, nextGeneration, START } from '../../../../tests/support/store-rows.ts'
import { waitFor } from '../../../../tests/support/wait-for.ts'
import { openStore } from './open.ts'
import { sqlStore } from './sql.ts'
import { connectSqlite } from './sqlite.ts'
import { StoreUnavailable } from './store.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hallpass-sqlite-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

let files = 0
const fresh = () => join(directory, `${++files}`, 'hallpass.db')
const OPEN = `
  const { openStore } = await load('./open.ts')
  const store = await openStore(process.env.FILE)
  console.log('open ' + store.id)
`

describe('one process for each file', () => {
  test('a second store says so, by whatever name it asks for the file', async () => {
    const file = fresh()
    const store = await openStore(file)
    const link = join(directory, 'link.db')
    symlinkSync(file, link)
    for (const name of [file, link, join(file, '..', '..', '1', 'hallpass.db')]) {
      await expect(openStore(name)).rejects.toThrow(/another process has .+ open: one process serves an SQLite file/)
    }
    const second = startScript(OPEN, import.meta.url, { FILE: file })
    const { code, errors } = await second.end()
    expect(code).toBe(1)
    expect(errors).toContain('TypeError: another process has')
    // The one that was first goes on.
    await store.ping()
    await store.close()
    const after = startScript(`${OPEN} await store.close()`, import.meta.url, { FILE: file })
    expect(await after.end()).toMatchObject({ code: 0 })
  })

  test('an operator opens it beside, and the one that serves hears of what was written', async () => {
    const file = fresh()
    const store = await openStore(file)
    let heard = 0
    const stop = store.listen({ heard: () => undefined, begun: () => heard++ })
    const beside = await openStore(file, { beside: true })
    await beside.noteSecret('of the operator', START)
    await waitFor(() => heard > 0)
    expect(await store.secrets()).toEqual(['of the operator'])
    await stop()
    await beside.close()
    // It took no lock, and took none away.
    await expect(openStore(file)).rejects.toThrow(/another process has/)
    await store.close()
  })

  test('of five that start at once one serves', { timeout: 180_000 }, async () => {
    const file = fresh()
    const scripts = Array.from({ length: 5 }, () =>
      startScript(
        `${OPEN} await new Promise((r) => process.stdin.on('end', r).resume()); await store.close()`,
        import.meta.url,
        { FILE: file },
      ),
    )
    const outcomes = await Promise.all(
      scripts.map((script) =>
        script.line('open').then(
          () => true,
          () => false,
        ),
      ),
    )
    expect(outcomes.filter(Boolean)).toHaveLength(1)
    for (const { child } of scripts) child.stdin.end()
    const ends = await Promise.all(scripts.map((script) => script.end()))
    expect(ends.filter(({ code }) => code === 0)).toHaveLength(1)
    expect(ends.filter(({ errors }) => errors.includes('another process has'))).toHaveLength(4)
  })

  test('the lock dies with its process, also by kill -9', async () => {
    const file = fresh()
    const holder = startScript(`${OPEN} setInterval(() => {}, 1_000)`, import.meta.url, { FILE: file })
    const id = (await holder.line('open')).slice('open '.length)
    await expect(openStore(file)).rejects.toThrow(TypeError)
    holder.child.kill('SIGKILL')
    await holder.end()
    const store = await openStore(file)
    expect(store.id).toBe(id)
    await store.close()
  })

  test('who only reads is not shut out', async () => {
    const file = fresh()
    const store = await openStore(file)
    const reader = startScript(
      `const { DatabaseSync } = await import('node:sqlite')
       const database = new DatabaseSync(process.env.FILE, { readOnly: true })
       console.log('id ' + database.prepare('select id from hallpass_store').get().id)`,
      import.meta.url,
      { FILE: file },
    )
    expect(await reader.line('id ')).toBe(`id ${store.id}`)
    await store.close()
  })
})

describe('what was answered is on the disk', () => {
  test('the file is written ahead (WAL), and each commit waits for the disk (FULL)', async () => {
    const connected = connectSqlite(fresh(), Date.now)
    const setting = async (name: string) =>
      (await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(connected.db)).rows[0]?.[name]
    expect(await setting('journal_mode')).toBe('wal')
    expect(await setting('synchronous')).toBe(2)
    await connected.close()
  })

  test(
    'kill -9 in a storm of rotations and sign-outs loses nothing that was acknowledged',
    { timeout: 180_000 },
    async () => {
      const file = fresh()
      const subject = 'stormy'
      // Prints what it was told, line by line, after it was told; a line in the pipe outlives the process.
      const storm = `${OPEN}
      const { writeSync } = await import('node:fs')
      const { newSession, nextGeneration, ending, audit, START } = await load('../../../../tests/support/store-rows.ts')
      const { epoch } = await store.subject('${subject}')
      for (;;) {
        const session = newSession({ subject: '${subject}' })
        await store.insertSession(session, { underEpoch: epoch, audit })
        let row = { ...session, generation: 0, rotatedAt: START }
        for (let i = 1; i <= 3; i++) {
          const { when, write } = nextGeneration(row, START + i)
          row = await store.rotate(row.id, when, write)
          writeSync(1, 'rotated ' + row.id + ' ' + row.generation + '\\n')
        }
        await store.endSession(row.id, { ...ending(), audit })
        writeSync(1, 'ended ' + row.id + '\\n')
      }`
      for (let round = 0; round < 3; round++) {
        const script = startScript(storm, import.meta.url, { FILE: file })
        await script.line('ended')
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 150))
        script.child.kill('SIGKILL')
        await script.end()

        const store = await openStore(file)
        const told = script.lines().map((line) => line.split(' '))
        expect(told.length).toBeGreaterThan(3)
        for (const [what, id = '', generation] of told) {
          const row = await store.session(id)
          if (what === 'rotated') expect(row?.generation).toBeGreaterThanOrEqual(Number(generation))
          if (what === 'ended') expect(row?.endedAt).not.toBeNull()
        }
        await store.close()
      }
    },
  )
})

describe('when the file fails', () => {
  test('a full disk is StoreUnavailable, leaves no half of a transaction, and passes', async () => {
    const connected = connectSqlite(fresh(), Date.now)
    const store = await sqlStore(connected, 'the id')
    const pages = async (most: number) => sql.raw(`pragma max_page_count = ${most}`).execute(connected.db)
    await pages(1)
    const large = { userAgent: 'x'.repeat(200_000) }
    const session = newSession({ device: large })
    await expect(store.insertSession(session, { underEpoch: 0, audit })).rejects.toThrow(StoreUnavailable)
    expect(await store.session(session.id)).toBeUndefined()
    expect(await store.audit({ limit: 1 })).toEqual([])
    await pages(100_000)
    expect(await store.insertSession(session, { underEpoch: 0, audit })).toEqual({ result: 'inserted' })
    await store.close()
  })

  test('a closed store is StoreUnavailable; closing waits for the transaction under way, and twice is once', async () => {
    const store = await openStore(fresh())
    const session = newSession()
    const inserting = store.insertSession(session, { underEpoch: 0, audit })
    const closing = store.close()
    expect(await inserting).toEqual({ result: 'inserted' })
    await closing
    await store.close()
    const { when, write } = nextGeneration({ ...session, generation: 0, rotatedAt: START }, START + 1)
    await expect(store.rotate(session.id, when, write)).rejects.toThrow(StoreUnavailable)
    await expect(store.endSubject('ada', { ...ending(), audit })).rejects.toThrow(StoreUnavailable)
    await expect(store.ping()).rejects.toThrow(StoreUnavailable)
  })

  test('a foreign writer that does not let go is StoreUnavailable', { timeout: 20_000 }, async () => {
    const file = fresh()
    const store = await openStore(file)
    const writer = startScript(
      `const { DatabaseSync } = await import('node:sqlite')
       const database = new DatabaseSync(process.env.FILE)
       database.exec('begin immediate')
       console.log('holds')
       await new Promise((resolve) => process.stdin.on('end', resolve).resume())`,
      import.meta.url,
      { FILE: file },
    )
    await writer.line('holds')
    await expect(store.insertSession(newSession(), { underEpoch: 0, audit })).rejects.toThrow(StoreUnavailable)
    writer.child.stdin.end()
    await writer.end()
    expect(await store.insertSession(newSession(), { underEpoch: 0, audit })).toEqual({ result: 'inserted' })
    await store.close()
  })
})

describe('opening', () => {
  test('makes the file and its directory for its owner alone', async () => {
    const file = fresh()
    const store = await openStore(file)
    await store.appendAudit(audit)
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
    expect(mode(join(file, '..'))).toBe('700')
    for (const name of [file, `${file}-wal`, `${file}-shm`]) expect(mode(name), name).toBe('600')
    await store.close()
  })

  test.each([
    ['', /must be the path of an SQLite file/],
    ['  ', /must be the path of an SQLite file/],
    [':memory:', /must be the path of an SQLite file/],
    ['mysql://root:hunter2@localhost/x', /got 'mysql:…'/],
    ['postgres:x', /got 'postgres:…'/],
    ['file:x.db', /got 'file:…'/],
  ])('refuses %j', async (database, sentence) => {
    const refusal = await openStore(database).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(TypeError)
    expect(String(refusal)).toMatch(sentence)
    expect(String(refusal)).not.toContain('hunter2')
  })

  test('a file that is no database, or cannot be made, is refused in a sentence and left as it was', async () => {
    const text = join(directory, 'text.db')
    writeFileSync(
      text,
      'these are notes, not a database, and long enough to have a header of one hundred bytes or more. '.repeat(9),
    )
    const before = readFileSync(text)
    await expect(openStore(text)).rejects.toThrow(/the SQLite file .+ cannot be opened/)
    expect(readFileSync(text).equals(before)).toBe(true)
    await expect(openStore(join(text, 'below.db'))).rejects.toThrow(
      /cannot be opened .+: check the path and its permissions/,
    )
    await expect(openStore(directory)).rejects.toThrow(/cannot be opened/)
  })
})
