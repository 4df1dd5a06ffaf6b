// Which proxy is asked, and what is said of one that does not help. That data comes through one: test/api/proxies.test.ts
import test from 'ava'
import type { DvError } from '../../src/base/index.js'
import { isTransient, type Storage } from '../../src/storage/index.js'
import { proxyOf } from '../../src/storage/proxies.js'
import { openS3Storage } from '../../src/storage/s3/index.js'
import { openWebStorage } from '../../src/storage/web/index.js'
import { freePort } from '../servers/child.js'
import { type ProxyOptions, startProxy } from '../servers/proxy.js'

const P = 'http://proxy.lab:3128/'
const cases: [url: string, env: Record<string, string>, proxy: string | undefined][] = [
  ['http://data.lab', {}, undefined],
  ['http://data.lab', { HTTP_PROXY: P }, P],
  ['https://data.lab', { HTTP_PROXY: P }, undefined],
  ['https://data.lab', { https_proxy: 'proxy.lab:3128', HTTPS_PROXY: 'http://other' }, P],
  ['https://data.lab', { ALL_PROXY: P }, P],
  ['https://data.lab', { HTTPS_PROXY: 'https://ann:pw@proxy.lab' }, 'https://ann:pw@proxy.lab/'],
  ['https://data.lab', { HTTPS_PROXY: '' }, undefined],
  ...['localhost:9000', '127.0.0.1:9000', '127.3.2.1', '[::1]:80'].map((host): (typeof cases)[number] => [
    `http://${host}`,
    { HTTP_PROXY: P },
    undefined,
  ]),
  ...[
    '*',
    'data.lab',
    '.data.lab',
    'lab',
    '*.lab',
    'x, DATA.lab',
    'x data.lab:443',
    '10.0.0.1/8,data.lab',
  ].map((list): (typeof cases)[number] => [
    'https://data.lab',
    { HTTPS_PROXY: P, NO_PROXY: list },
    undefined,
  ]),
  ...['ata.lab', 'data.lab:80', 'my.data.lab', 'data.la', ',', '10.0.0.0/8'].map(
    (list): (typeof cases)[number] => ['https://data.lab', { HTTPS_PROXY: P, no_proxy: list }, P],
  ),
  ...['10.0.0.0/8', '10.1.2.3', '10.1.2.0/24', '10.1.2.3:9000'].map((list): (typeof cases)[number] => [
    'http://10.1.2.3:9000',
    { HTTP_PROXY: P, NO_PROXY: list },
    undefined,
  ]),
  ...['10.0.0.0/40', '10.1.3.0/24', 'fd00::/8', '10.1.2.3:80'].map((list): (typeof cases)[number] => [
    'http://10.1.2.3:9000',
    { HTTP_PROXY: P, NO_PROXY: list },
    P,
  ]),
  ...['fd00::/8', 'fd00::1'].map((list): (typeof cases)[number] => [
    'http://[fd00::1]:9000',
    { HTTP_PROXY: P, NO_PROXY: list },
    undefined,
  ]),
]

for (const [url, env, proxy] of cases)
  test(`${url} with ${JSON.stringify(env)}: ${proxy ?? 'straight'}`, (t) =>
    t.is(proxyOf(new URL(url), env)?.href, proxy))

for (const bad of ['socks5://proxy.lab', 'http://', 'http://ann:s3cret@pro xy'])
  test(`'${bad}' is no proxy that can be used, and not shown`, (t) => {
    const error = t.throws<DvError>(() => proxyOf(new URL('http://data.lab'), { ALL_PROXY: bad }))
    t.is(error?.code, 'DV_BAD_CONFIG')
    t.notRegex(`${error?.message} ${error?.hint}`, /s3cret|socks/)
  })

const bucket = { kind: 's3', bucket: 'data', prefix: 'set' } as const
const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' }
/** All ways on which a proxy is asked. */
const ways: Record<string, (env: Record<string, string>, stallMs: number) => Storage> = {
  'http://': (env, stallMs) => openWebStorage('http://data.lab/set', { env, stallMs }),
  'https://': (env, stallMs) => openWebStorage('https://data.lab/set', { env, stallMs }),
  's3:// over http://': (env, stallMs) =>
    openS3Storage(bucket, { env, stallMs, settings: { endpoint: 'http://data.lab' } }),
  's3://': (env, stallMs) => openS3Storage(bucket, { env, stallMs, settings: { region: 'eu-north-1' } }),
}

interface Failure {
  title: string
  options: ProxyOptions
  code: string
  message: RegExp
  again: boolean
  stallMs: number
}

const failures: Failure[] = [
  {
    ...{ title: 'that wants a password', options: { login: 'ann:right' }, code: 'DV_PERMISSION' },
    ...{ message: /^The proxy .*wants a user and a password$/, again: false, stallMs: 60_000 },
  },
  {
    ...{ title: 'that says nothing', options: { silent: true }, code: 'DV_TIMEOUT' },
    ...{ message: /^Nothing came from /, again: true, stallMs: 1000 },
  },
]

for (const [way, open] of Object.entries(ways)) {
  for (const { title, options, code, message, again, stallMs } of failures)
    test(`${way}: a proxy ${title} is ${code}`, async (t) => {
      const proxy = await startProxy(t, options)
      const named = `http://ann:wrong@${proxy.host}`
      const storage = open({ ...keys, HTTP_PROXY: named, HTTPS_PROXY: named }, stallMs)
      t.teardown(() => storage.close())
      const error = await t.throwsAsync<DvError>(storage.read('refs/heads/main'), { code, message })
      t.is(isTransient(error), again)
      t.notRegex(JSON.stringify([error.message, error.hint, error.data]), /wrong/)
      t.true(proxy.seen.length <= 1)
    })

  test(`${way}: a proxy that is not there is named, with what names it`, async (t) => {
    const host = `127.0.0.1:${await freePort()}`
    const storage = open({ ...keys, all_proxy: host }, 60_000)
    t.teardown(() => storage.close())
    const error = await t.throwsAsync<DvError>(storage.get('packs/p'), { code: 'DV_NETWORK' })
    t.is(error.message, `'${host}' cannot be reached: nothing listens there`)
    t.regex(error.hint!, /HTTPS_PROXY/)
    t.true(isTransient(error))
  })

  test(`${way}: what is under way ends when it is closed`, async (t) => {
    const proxy = await startProxy(t, { silent: true })
    const storage = open({ ...keys, all_proxy: proxy.url }, 60_000)
    const asked = storage.read('refs/heads/main')
    while (proxy.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    storage.close()
    await t.throwsAsync(asked)
  })
}

for (const way of ['https://', 's3://'])
  test(`${way}: a proxy that refuses, or cannot, is told from a server that does`, async (t) => {
    for (const [refusal, code, again] of [
      [403, 'DV_PERMISSION', false],
      [502, 'DV_UNAVAILABLE', true],
    ] as const) {
      const proxy = await startProxy(t, { refusal })
      const storage = ways[way]!({ ...keys, HTTPS_PROXY: proxy.url }, 60_000)
      t.teardown(() => storage.close())
      const error = await t.throwsAsync<DvError>(storage.read('refs/heads/main'), { code })
      t.true(error.message.startsWith(`The proxy '${proxy.host}'`), error.message)
      t.is(isTransient(error), again)
    }
  })
