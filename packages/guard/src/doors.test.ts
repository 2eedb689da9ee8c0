// The doors for frameworks stay thin: what is decided is decided in one place, and each door only carries it over.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test.each(['express', 'fastify', 'hono', 'node'])(
  'the door for %s has at most 60 lines, and imports its framework as types only',
  (name) => {
    const text = readFileSync(new URL(`./${name}.ts`, import.meta.url), 'utf8')
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(60)
    const imported = [...text.matchAll(/^import (type )?.* from '([^.][^']*)'$/gm)]
    for (const [line, type] of imported) expect(type, line).toBe('type ')
    // A service that uses one framework installs one framework.
    expect(text).not.toMatch(/\brequire\(|\bimport\(/)
  },
)
