// nginx, the web server of Debian's package, showing a folder: what people will publish stores with.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { temporaryFolder } from '../helpers/repository.js'
import { freePort, startChild } from './child.js'
import { declareMissing } from './programs.js'

export interface Nginx {
  /** Without a slash at its end. */
  url: string
  port: number
  /** What it answered since the last call: 'GET /dv.json 200 173', with the range that was asked for behind it. */
  requests(): string[]
  stop(): Promise<void>
}

export interface NginxOptions {
  /** The folder it shows. */
  root: string
  /** Lines of the `server` block. */
  server?: string
  tls?: Certificate
  /** One that an nginx listened on before; else one that is free. */
  port?: number
}

export interface Certificate {
  certificate: string
  key: string
}

/** Debian puts it where ordinary users' PATH does not lead. */
const PROGRAM = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'].find((file) =>
  fs.existsSync(file),
)

/** Declares tests that need nginx. Where it is missing the suite says so: in CI it fails, elsewhere it is skipped. */
export function forNginx(declare: () => void): void {
  if (PROGRAM !== undefined) return declare()
  declareMissing("nginx is not here: 'apt-get install nginx-light' brings it")
}

export async function startNginx(t: ExecutionContext, options: NginxOptions): Promise<Nginx> {
  const folder = temporaryFolder(t)
  const port = options.port ?? (await freePort())
  const file = path.join(folder, 'nginx.conf')
  fs.writeFileSync(file, configuration({ ...options, folder, port }))
  const child = await startChild([PROGRAM!, '-e', path.join(folder, 'error.log'), '-c', file], { port })
  t.teardown(() => child.stop())
  const log = path.join(folder, 'access.log')
  let read = 0
  return {
    url: `${options.tls ? 'https' : 'http'}://localhost:${port}`,
    port,
    requests() {
      const lines = fs.readFileSync(log, 'utf8').slice(read)
      read += lines.length
      return lines.split('\n').filter((line) => line !== '')
    },
    stop: () => child.stop(),
  }
}

/** A certificate that only who is told of it trusts. */
export function selfMadeCertificate(t: ExecutionContext, host = 'localhost'): Certificate {
  const folder = temporaryFolder(t)
  const made = { certificate: path.join(folder, 'cert.pem'), key: path.join(folder, 'key.pem') }
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
  const files = ['-keyout', made.key, '-out', made.certificate]
  const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2']
  execFileSync('openssl', ['req', ...kind, ...subject, ...files], { stdio: 'pipe' })
  return made
}

function configuration({
  folder,
  port,
  root,
  server = '',
  tls,
}: NginxOptions & { folder: string; port: number }) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
    daemon off;
    master_process off;
    pid ${folder}/nginx.pid;
    error_log ${folder}/error.log;
    events {}
    http {
      log_format counted '$request_method $uri $status $body_bytes_sent $http_range';
      access_log ${folder}/access.log counted;
      ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n')}
      default_type application/octet-stream;
      types { application/json json; text/html html; }
      server {
        listen 127.0.0.1:${port}${tls ? ' ssl' : ''};
        ${tls ? `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};` : ''}
        root ${root};
        ${server}
      }
    }`
}
