import { DvError } from '../../base/index.js'
import { defineCommand, given } from '../command.js'
import type { Io } from '../io.js'
import { toJson } from '../json.js'
import { count, size } from '../render/amounts.js'
import { safe } from '../render/escape.js'

const PORT = 8420
const PORT_MAX = 65_535

export const serve = defineCommand({
  name: 'serve',
  summary: 'Show every version over HTTP',
  usage: ['[--port N] [--host HOST] [--cors ORIGIN] [REPO]'],
  description: `
    Any program that reads URLs opens a version: GET /REV/PATH is a file or a directory of it, GET / lists
    branches and tags. Ranges are served, nothing can be written. REPO is a remote's name, a folder or a URL;
    without it, the repository one is in. Only programs of this machine, and pages served by it, can read,
    unless --host or --cors says otherwise. Ctrl-C ends it.`,
  options: {
    port: { type: 'count', value: 'N', describe: `where to listen; ${PORT} by default, 0 takes a free one` },
    host: {
      type: 'string',
      value: 'HOST',
      describe: "'0.0.0.0' lets other machines read; there is no password",
    },
    cors: { type: 'string', value: 'ORIGIN', describe: "lets pages of this origin read; '*': of any" },
  },
  operands: { max: 1, complete: 'remote' },
  examples: [
    {
      command: 'dv serve',
      what: 'then open http://127.0.0.1:8420/ or read http://127.0.0.1:8420/v1/labels.csv',
    },
    { command: 'dv serve --port 0 s3://bucket/photos', what: 'a store in a bucket, without a clone' },
  ],
  async run({ options, operands }, { api, io, global, work }) {
    const { port = PORT, host = '127.0.0.1', cors } = options
    if (port > PORT_MAX) throw new DvError('DV_USAGE', `'${port}' is no port: the highest is ${PORT_MAX}`)
    const [repo] = operands
    const store = await (await api()).publish(given({ repo }))
    try {
      const { isLoopback, startServer } = await import('../../server/index.js')
      const server = await startServer(store, { host, port, ...given({ cors }) })
      const { url } = server
      const said = `Serving '${safe(store.location)}' at ${url} (Ctrl-C ends it)`
      await io.stdout.write(`${global.json ? toJson({ url, location: store.location }) : said}\n`)
      if (!isLoopback(host)) await warn(io, host)
      await aborted(work.signal)
      await server.close()
      return { url, ...server.sums() }
    } finally {
      await store.close()
    }
  },
  render({ requests, bytes }, screen) {
    screen.note(`Answered ${count(requests, 'request')}, ${size(bytes)}`)
  },
})

async function warn({ stderr }: Io, host: string): Promise<void> {
  await stderr.write(
    `warning: whoever reaches '${safe(host)}' can read all of the store: there is no password\n`,
  )
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
