// What a server sends without end, or in ways that take much memory, takes less than 40 MB here.
import { execFile } from 'node:child_process'
import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { ANSWERS } from './answers.js'

const MEMORY_MAX = 40 * 1024 * 1024
const SOUND = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nsound'
const TITLES = Object.keys(ANSWERS)

/** A server that answers by the number in what is asked for; its address. */
async function hostileServer(t: ExecutionContext): Promise<string> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', (request) => {
      const number = /(?:\/|%2F)a(\d+)/.exec(String(request).split('\r\n', 1)[0]!)?.[1]
      if (number === undefined) socket.end(SOUND)
      else ANSWERS[TITLES[Number(number)]!]!(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`
}

for (const kind of ['web', 's3']) {
  test(`hostile answers to whoever reads from ${kind} are cut off or refused, and take less than 40 MB`, async (t) => {
    t.timeout(180_000)
    const child = fileURLToPath(new URL('answers-child.js', import.meta.url))
    // Garbage that waits to be swept is bounded by V8, and tells nothing of what an answer takes.
    const words = [
      '--expose-gc',
      '--max-semi-space-size=4',
      child,
      kind,
      await hostileServer(t),
      String(TITLES.length),
    ]
    const { stdout } = await promisify(execFile)(process.execPath, words)
    const { ended, grown } = JSON.parse(stdout) as Told
    TITLES.forEach((title, i) => {
      for (const [read, code] of Object.entries(ended[i]!))
        t.regex(code, /^(read|DV_[A-Z_]+)$/, `${title}, ${read}`)
    })
    const [bytes, last] = grown
    const title = last.replace(/\d+$/, (number) => TITLES[Number(number)]!)
    t.log(`${TITLES.length} answers, ${(bytes / 1e6).toFixed(1)} MB more at most, at '${title}'`)
    t.true(bytes < MEMORY_MAX, `${bytes} bytes more`)
  })
}

interface Told {
  ended: Record<string, Record<string, string>>
  grown: [number, string]
}
