// Programs that end with the test process, however that ends.
import { type ChildProcess, spawn } from 'node:child_process'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Child {
  /** All it printed so far. */
  output(): string
  /** Ends it at once and waits until it has ended. */
  stop(): Promise<void>
}

const START_MS = 30_000

/** Starts `[program, ...args]` and waits until something listens on `port`. Throws, with what it printed, if it ends
 * before. */
export async function startChild(
  [program, ...args]: readonly [string, ...string[]],
  { port, env = {} }: { port: number; env?: Record<string, string> },
): Promise<Child> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => output.push(String(text)))
  child.once('error', (error) => output.push(String(error)))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const release = endWithUs(child)
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
    release()
  }
  const started = Date.now()
  while (!(await listens(port))) {
    if (hasEnded(child) || Date.now() - started > START_MS) {
      await stop()
      throw new Error(`'${program} ${args.join(' ')}' does not listen on port ${port}:\n${output.join('')}`)
    }
    await sleep(20)
  }
  return { output: () => output.join(''), stop }
}

/** A port that nothing listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

/** A shell waits for the end of its input, which our death is, and then ends the child. Returns what calls it off. */
function endWithUs({ pid }: ChildProcess): () => void {
  if (pid === undefined) return () => {}
  const shell = spawn('sh', ['-c', `read _; kill -9 ${pid}`], { stdio: ['pipe', 'ignore', 'ignore'] })
  shell.unref()
  return () => shell.kill('SIGKILL')
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
