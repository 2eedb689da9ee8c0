// `hallpass help`: the whole usage is one text, so that it can be read here as a person reads it there.

const USAGE = `Usage:
    hallpass serve [--port PORT] [--host HOST] [--issuer URL] [--data DIR] [--database DATABASE]
    hallpass secret
    hallpass keys list | rotate | retire | reseal | revoke KID
    hallpass audit verify [--head HASH]
    hallpass explain SESSION | USER
    hallpass recover TIME | off
    hallpass doctor
    hallpass help
    hallpass version

Commands:
    serve     Sign people in: the server, its pages and a small demo API.
    secret    Print a new secret, for HALLPASS_SECRET.
    keys      The keys that sign passes: list them; publish the next one, which signs a day later; remove
              dead ones; seal them again under the first secret; withdraw one at once because somebody
              else may have it.
    audit     Check that no line of the audit was changed or taken out since it was written.
    explain   Tell what happened to a session, or to all sessions of a person: why were they signed out?
    recover   After the database was restored from a backup: for a time (12h, 7d) sessions that moved on
              since then are healed when their browsers come; off ends it.
    doctor    Look at settings, database, keys and clock, and say what to do.

The last five read the settings of serve, and --json makes them answer in JSON. They may run
while the server does, which hears of every change.

Settings of serve. A flag wins over its variable.
    --port PORT            PORT             where to listen, 3000 unless said
    --host HOST            HOST             the address to listen on: this machine alone for a loopback
                                            issuer, every address for another
    --issuer URL           HALLPASS_ISSUER  the public address, as people's browsers see it;
                                            http://localhost:PORT unless said
    --data DIR             HALLPASS_DATA    where the embedded database lives, ./data unless said
    --database DATABASE    DATABASE_URL     a file for SQLite or postgres://… for PostgreSQL;
                                            hallpass.db in the data directory unless said
                           HALLPASS_SECRET  what seals keys and refresh tokens. Several, with commas between:
                                            the first seals, all of them open
                           HALLPASS_SIGNING_KEYS
                                            private ES256 keys of your own as JSON (a JWK, or several), instead of
                                            those the database keeps: the first signs, all are published
                           HALLPASS_ORIGINS other origins whose pages may sign people in, with commas between
                           HALLPASS_TRUSTED_PROXY_HOPS
                                            how many proxies stand in front and add to X-Forwarded-For, 0 unless said
                           HALLPASS_LOG_LEVEL
                                            debug, info, warn, error or silent; info unless said
                           HALLPASS_METRICS PORT or HOST:PORT where Prometheus finds /metrics; this machine alone for a
                                            port, and nowhere unless said
    --insecure-test-clock  HALLPASS_INSECURE_TEST_CLOCK=1
                                            lets tests on this machine move time: POST /test/clock

A secret is no flag, because every program on a machine can read the command lines of all others.

On this machine alone, with the embedded database, nothing needs to be set: a secret is made once and
kept in the data directory. With NODE_ENV=production, PostgreSQL or a public issuer, HALLPASS_SECRET must be set.

Example:
    $ export HALLPASS_SECRET=$(hallpass secret)
    $ hallpass serve --issuer https://login.example.com --database postgres://db.internal/hallpass
`

export function help(): void {
  process.stdout.write(USAGE)
}
