// What stands in front of the nodes: nginx where the machine has it, else a TCP balancer of the tests' own. Nodes come and go behind it; the
// page of the long form's browser is a file of nginx.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBalancer } from '../../support/balancer.ts'
import { waitFor } from '../../support/wait-for.ts'

export interface Front {
  readonly kind: 'nginx' | 'balancer'
  readonly port: number
  close(): Promise<void>
}

/** `files`: what it serves itself, by name. */
export async function startFront(
  nodes: readonly number[],
  port: number,
  files: Readonly<Record<string, string>> = {},
): Promise<Front> {
  if (spawnSync('nginx', ['-v']).status === 0) return startNginx(nodes, port, files)
  const balancer = await startBalancer(nodes, port)
  return { kind: 'balancer', port: balancer.port, close: () => balancer.close() }
}

async function startNginx(
  nodes: readonly number[],
  port: number,
  files: Readonly<Record<string, string>>,
): Promise<Front> {
  const directory = mkdtempSync(join(tmpdir(), 'hallpass-nginx-'))
  chmodSync(directory, 0o755)
  const file = join(directory, 'nginx.conf')
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${directory}/pid; error_log ${directory}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 2048; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  upstream hallpass {
    ${nodes.map((node) => `server 127.0.0.1:${node} max_fails=1 fail_timeout=1s;`).join('\n    ')}
    keepalive 64;
  }
  server {
    listen 127.0.0.1:${port};
    types { text/html html; text/javascript js; }
    ${Object.keys(files)
      .map((name) => `location = /${name} { root ${directory}; }`)
      .join('\n    ')}
    location / {
      proxy_pass http://hallpass;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      # What the test says the client's address is: it stands for the address a real client would have.
      proxy_set_header X-Forwarded-For $http_x_forwarded_for;
      # A node that was killed: another one answers. Every request of ours may be sent twice.
      proxy_next_upstream error timeout non_idempotent;
      proxy_connect_timeout 2s;
    }
  }
}
`,
  )
  const child = spawn('nginx', ['-c', file, '-p', directory], { stdio: 'ignore' })
  await waitFor(() =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    ),
  )
  return {
    kind: 'nginx',
    port,
    async close() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
