// The refresh cookie as bytes of a header: what is written in each mode, and what is read of what a browser sends.
import { describe, expect, test } from 'vitest'
import { createRefreshCookie, type CookieOptions } from './cookie.ts'

const https: CookieOptions = {
  issuer: new URL('https://app.example.com'),
  basePath: '/api/auth',
  mode: 'path',
  sameSite: 'Strict',
}
const loopback: CookieOptions = { ...https, issuer: new URL('http://localhost:3000') }

describe('what is written', () => {
  test('https, mode path: out of reach of script, of other sites and of every path but ours', () => {
    expect(createRefreshCookie(https).write('a.b.c', 3600)).toBe(
      '__Http-hallpass=a.b.c; Path=/api/auth; Max-Age=3600; HttpOnly; Secure; SameSite=Strict',
    )
  })
  test('https, mode host', () => {
    expect(createRefreshCookie({ ...https, mode: 'host', sameSite: 'Lax' }).write('a.b.c', undefined)).toBe(
      '__Host-Http-hallpass=a.b.c; Path=/; HttpOnly; Secure; SameSite=Lax',
    )
  })
  test('http on loopback: a name with the port, no Secure', () => {
    expect(createRefreshCookie(loopback).write('a.b.c', 1.9)).toBe(
      'hallpass-3000=a.b.c; Path=/api/auth; Max-Age=1; HttpOnly; SameSite=Strict',
    )
  })
  test('Max-Age never passes what browsers keep, and is never negative', () => {
    expect(createRefreshCookie(https).write('a', 1e12)).toContain('Max-Age=34560000;')
    expect(createRefreshCookie(https).write('a', -5)).toContain('Max-Age=0;')
  })
  test('clearing names every cookie we read, with its own path', () => {
    const [host, path] = createRefreshCookie(https).clear()
    expect(host).toBe('__Host-Http-hallpass=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict')
    expect(path).toBe('__Http-hallpass=; Path=/api/auth; Max-Age=0; HttpOnly; Secure; SameSite=Strict')
  })
  test.each(['a;b', 'a b', 'a\r\nSet-Cookie: x=1', 'a,b', 'a"b', 'ä'])(
    'CK-04: a value with %j in it is a bug, not a header',
    (value) => {
      expect(() => createRefreshCookie(https).write(value, 1)).toThrow('no character that a cookie cannot carry')
    },
  )
})

describe('what is read', () => {
  const read = (header: string | null, options = https) => createRefreshCookie(options).read(header)

  test('both names, the host one first, each value once', () => {
    expect(read('__Http-hallpass=path; x=1; __Host-Http-hallpass=host; __Http-hallpass=path')).toEqual(['host', 'path'])
  })
  test('several values of one name are all told', () => {
    expect(read('__Http-hallpass=one; __Http-hallpass=two')).toEqual(['one', 'two'])
  })
  test('an https issuer never reads the plain name, nor a name in other case, nor one after a no-break space', () => {
    expect(read('hallpass-443=a; hallpass=b; __http-hallpass=c; \u00a0__Http-hallpass=d')).toEqual([])
  })
  test('a quoted value is another value, an empty one is none', () => {
    expect(read('__Http-hallpass="a"')).toEqual(['"a"'])
    expect(read('__Http-hallpass=; __Http-hallpass')).toEqual([])
    expect(read(null)).toEqual([])
  })
  test('loopback on another port is another cookie', () => {
    expect(read('hallpass-3001=other; hallpass-3000=mine', loopback)).toEqual(['mine'])
  })
})
