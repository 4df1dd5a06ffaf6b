// Inputs of vectors, described so that any language can make them: spec/02-chunking.md.

export type InputSpec =
  | { kind: 'byte'; value: number; length: number }
  | { kind: 'random'; seed: number; length: number }
  | { kind: 'text'; seed: number; length: number }
  | { kind: 'repeat'; hex: string; length: number }
  | { kind: 'counter'; modulus: number; length: number }
  | { kind: 'join'; parts: InputSpec[] }

const WORDS = 'data set row column the of sensor reading missing value train test label image 0 1.5'.split(
  ' ',
)

/** The bytes of an input. */
export function makeInput(spec: InputSpec): Buffer {
  switch (spec.kind) {
    case 'byte':
      return Buffer.alloc(spec.length, spec.value)
    case 'random':
      return fill(spec.length, generator(spec.seed))
    case 'text':
      return text(spec.length, generator(spec.seed))
    case 'repeat':
      return Buffer.alloc(spec.length, Buffer.from(spec.hex, 'hex'))
    case 'counter':
      return Buffer.from(Uint8Array.from({ length: spec.length }, (_, i) => i % spec.modulus))
    case 'join':
      return Buffer.concat(spec.parts.map(makeInput))
  }
}

/** xorshift32: the next byte is the top byte of the next state. */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 24) & 0xff
  }
}

function fill(length: number, next: () => number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0; i < length; i++) bytes[i] = next()
  return bytes
}

/** Words picked by the low four bits of a byte, each followed by a newline if the byte's top three bits are zero,
 * else by a space; cut to `length`. */
function text(length: number, next: () => number): Buffer {
  let out = ''
  while (out.length < length) {
    const byte = next()
    out += WORDS[byte & 15]! + (byte < 32 ? '\n' : ' ')
  }
  return Buffer.from(out.slice(0, length), 'latin1')
}
