import type { Io } from './io.js'
import { processOutput } from './output.js'

/** The Io of this process. */
export function processIo(): Io {
  return {
    stdout: processOutput(1, () => process.stdout),
    stderr: processOutput(2, () => process.stderr),
    stdin: readAll,
    stdinParts: () => process.stdin as AsyncIterable<Uint8Array>,
    env: process.env,
    cwd: process.cwd(),
    clock: Date.now,
    zone: -new Date().getTimezoneOffset(),
    onInterrupt,
    runChild: async (words, options) => (await import('./run-child.js')).runChild(words, options),
    exitNow: (status) => process.exit(status),
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
