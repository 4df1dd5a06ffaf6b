// What a hostile web server sends, byte by byte: no real one does this.
import type { Socket } from 'node:net'
import zlib from 'node:zlib'

const MB = 1024 * 1024
const OK = 'HTTP/1.1 200 OK\r\n'

/** Sends it again and again, as fast as it is taken, `times` times. */
function flood(socket: Socket, bytes: Buffer, times = Infinity): void {
  let sent = 0
  const more = () => {
    while (sent < times && !socket.destroyed) {
      sent++
      if (!socket.write(bytes)) return
    }
    if (sent >= times) socket.end()
  }
  socket.on('drain', more)
  more()
}

/** Of crumbs half a megabyte is enough to see what one takes. */
const CRUMBS_TIMES = 60
/** One byte in each piece, in an answer that is sent in pieces. */
const CRUMBS = Buffer.from('1\r\nx\r\n'.repeat(10_000))
/** Fills what one piece says of itself, and holds a byte. */
const WRAPPED = Buffer.from(`1;${'x'.repeat(8000)}\r\nx\r\n`.repeat(8))

const BOMB = zlib.gzipSync(Buffer.alloc(64 * MB))

/** By what it is: each takes the socket on which something was asked for. */
export const ANSWERS: Readonly<Record<string, (socket: Socket) => void>> = {
  'a body without end': (socket) => {
    socket.write(`${OK}\r\n`)
    flood(socket, Buffer.alloc(MB, 'x'))
  },
  'a body without end, a byte a piece': (socket) => {
    socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n`)
    flood(socket, CRUMBS, CRUMBS_TIMES)
  },
  'pieces of one byte that say much of themselves': (socket) => {
    socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n`)
    flood(socket, WRAPPED, CRUMBS_TIMES)
  },
  'more than it said': (socket) => {
    socket.write(`${OK}Content-Length: 2000\r\n\r\n`)
    flood(socket, Buffer.alloc(MB, 'x'), 200)
  },
  'more than was asked for': (socket) => {
    socket.write(
      'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1000-1999/5000\r\nContent-Length: 800000000\r\n\r\n',
    )
    flood(socket, Buffer.alloc(MB, 'x'), 800)
  },
  'headers without end': (socket) => {
    socket.write(OK)
    flood(socket, Buffer.from(`X-${'x'.repeat(1000)}: ${'y'.repeat(1000)}\r\n`.repeat(20)))
  },
  'a header without end': (socket) => {
    socket.write(`${OK}X: `)
    flood(socket, Buffer.alloc(MB, 'x'))
  },
  'a status line without end': (socket) => {
    socket.write('HTTP/1.1 200 ')
    flood(socket, Buffer.alloc(MB, 'x'))
  },
  'headers behind the body without end': (socket) => {
    socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n`)
    flood(socket, Buffer.from(`X: ${'y'.repeat(1000)}\r\n`.repeat(20)))
  },
  'a gzip bomb': (socket) => {
    socket.write(`${OK}Content-Encoding: gzip\r\nContent-Length: ${BOMB.length}\r\n\r\n`)
    socket.end(BOMB)
  },
  'a length that no number holds': (socket) => {
    socket.write(`${OK}Content-Length: 99999999999999999999\r\n\r\n`)
    flood(socket, Buffer.alloc(MB, 'x'))
  },
  'an error without end': (socket) => {
    socket.write('HTTP/1.1 500 Oops\r\nContent-Type: application/xml\r\n\r\n')
    flood(socket, Buffer.alloc(MB, '<Error><Code>x</Code>'))
  },
  'a refusal without end': (socket) => {
    socket.write('HTTP/1.1 403 No\r\nContent-Type: application/xml\r\n\r\n<Error><Code>')
    flood(socket, Buffer.alloc(MB, 'x'))
  },
  'a list without end': (socket) => {
    socket.write(`${OK}Content-Type: application/xml\r\n\r\n<ListBucketResult>`)
    flood(socket, Buffer.alloc(MB, '<Contents><Key>p/packs/x</Key></Contents>'))
  },
  'a body without end that comes a byte at a time': (socket) => {
    socket.write(`${OK}\r\n`)
    const drip = setInterval(() => void socket.write('x'), 20)
    socket.on('close', () => clearInterval(drip))
    setTimeout(() => socket.destroy(), 600)
  },
  'nothing behind the headers': (socket) => void socket.write(`${OK}Content-Length: 1000\r\n\r\n`),
  'a redirect with a body without end': (socket) => {
    socket.write('HTTP/1.1 302 Found\r\nLocation: elsewhere\r\n\r\n')
    flood(socket, Buffer.alloc(MB, 'x'))
  },
}
