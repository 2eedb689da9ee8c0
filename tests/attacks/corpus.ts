// The entries of the attack corpus that concern the server: what is tried, and what must come of it. A test carries the id of
// the entry it shows, and tests/policy/attack-ids.test.ts fails for an id that no test carries.

export const corpus: Readonly<Record<string, string>> = {
  'CSR-01':
    'cross-site and same-site fetch, form, image, sandboxed frame, beacon and navigation to every cookie endpoint: blocked',
  'CSR-02': 'content type missing, text/plain, form types in any case, multipart: blocked',
  'CSR-03': 'Origin null or absent while Sec-Fetch-* is absent: a documented rule',
  'CSR-04': 'login CSRF: blocked',
  'CSR-05': 'method override headers and parameters: ignored',
  'CK-01': 'duplicate cookie names, other path, other case, no-break space, quoted value: a documented rule',
  'CK-02': 'a sibling host plants a cookie with Domain and a longer path: not used',
  'CK-03': 'the jar overflows, the HttpOnly cookie is evicted, script plants its own: only an __Http- name resists',
  'CK-04': '; CR LF in a cookie name, value or attribute: throws',
  'CK-05': 'unsigned or forged auxiliary cookies acted on: refused',
  'CK-06': 'the cookie is cleared under the attributes it was set with: gone',
  'ENU-01': 'login and sign-up, existing or not: equal status, body and headers',
  'ENU-02': 'the hash is computed for an unknown user too, with the same work in the database',
  'RLM-01': 'IPv6 within a /64, spellings of an address, X-Forwarded-For from the left: one client',
  'RLM-02': '//login, login/, %2f, another case, ;param, a dot at the end: the same limit or no route',
  'RLM-03': 'an attacker locks a victim out: not on a device that is signed in',
}
