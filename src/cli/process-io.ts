import type { WriteStream } from 'node:tty'
import { type Io, type Output, OutputClosed } from './io.js'

/** The Io of this process. */
export function processIo(): Io {
  return {
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    stdin: readAll,
    env: process.env,
    cwd: process.cwd(),
    clock: Date.now,
    zone: -new Date().getTimezoneOffset(),
    onInterrupt,
    exitNow: (status) => process.exit(status),
  }
}

function outputOf(stream: WriteStream): Output {
  let closed: Error | undefined
  // Without a listener a reader that went away would end the process with a stack trace.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    closed = error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' ? new OutputClosed() : error
  })
  return {
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns : undefined
    },
    async write(data) {
      if (closed) throw closed
      // Waiting for each write keeps memory flat, and lets a closed reader be noticed before more is made.
      await new Promise<void>((resolve) => stream.write(data, () => resolve()))
      if (closed) throw closed
    },
  }
}

async function readAll(): Promise<Uint8Array> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(Buffer.from(part as Uint8Array))
  return Buffer.concat(parts)
}

function onInterrupt(handler: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, handler)
  return () => {
    for (const signal of signals) process.off(signal, handler)
  }
}
