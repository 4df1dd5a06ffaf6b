// The output of this process. To load Node's streams takes 4 to 12 ms, more than most commands need for all else: what
// goes to a file, and the first that goes to a pipe, is therefore written directly.
import fs from 'node:fs'
import type { WriteStream } from 'node:tty'
import { systemCode } from '../base/index.js'
import { type Output, OutputClosed } from './io.js'

/** Bytes that a pipe holds, so that writing them does not wait for the reader, deaf to interrupts. */
const PIPE_BYTES = 16 * 1024

/** stdout or stderr by its descriptor; `open` gives Node's stream of it. */
export function processOutput(fd: number, open: () => WriteStream): Output {
  const stat = process.platform === 'win32' ? undefined : fs.fstatSync(fd)
  if (stat === undefined || mayBeTerminal(stat)) return streamOutput(open())
  const isPatient = stat.isFile() || stat.isCharacterDevice()
  return directOutput(fd, { directBytes: isPatient ? Infinity : PIPE_BYTES, open })
}

/** Terminals are devices, and so is what swallows everything. */
function mayBeTerminal(stat: fs.Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev !== fs.statSync('/dev/null', { throwIfNoEntry: false })?.rdev
}

export interface DirectOptions {
  /** How much may be written directly, in bytes; from there on all goes through the stream. */
  directBytes: number
  open: () => WriteStream
}

/** No terminal: written directly while that can be done at once. */
export function directOutput(fd: number, { directBytes, open }: DirectOptions): Output {
  let left = directBytes
  let stream: Output | undefined
  return {
    isTTY: false,
    columns: undefined,
    async write(data) {
      let bytes = typeof data === 'string' ? Buffer.from(data) : data
      if (!stream && bytes.length <= left) {
        left -= bytes.length
        bytes = bytes.subarray(writeDirectly(fd, bytes))
        if (bytes.length === 0) return
      }
      stream ??= streamOutput(open())
      await stream.write(bytes)
    },
  }
}

/** How many bytes were written. Whatever is wrong with the rest, the stream waits for it or says it. */
function writeDirectly(fd: number, bytes: Uint8Array): number {
  try {
    return fs.writeSync(fd, bytes)
  } catch (error) {
    if (systemCode(error) === 'EPIPE') throw new OutputClosed()
    return 0
  }
}

function streamOutput(stream: WriteStream): Output {
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
