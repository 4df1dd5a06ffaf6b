// The one door to zstd: node:zlib where it has zstd with dictionaries, else the prebuilt binding (spec/decisions).
// Format: spec/03-encoding.md, "Zstd frames".
import { corrupt, DvError, load, loadPrebuilt } from '../base/index.js'
import { checkFrame, withContentSize } from './zstd-frame.js'
import { holdMemory } from './zstd-memory.js'

export const ZSTD_LEVEL = 3

export interface CompressOptions {
  dictionary?: Uint8Array | undefined
  /** Default: ZSTD_LEVEL. */
  level?: number
}

interface ZstdImplementation {
  readonly name: 'node' | 'binding'
  compress(bytes: Uint8Array, options: CompressOptions & { level: number }): Buffer
  decompress(frame: Uint8Array, rawLength: number, dictionary: Uint8Array | undefined): Buffer
}

interface NodeZstd {
  zstdCompressSync(bytes: Uint8Array, options: object): Buffer
  zstdDecompressSync(bytes: Uint8Array, options: object): Buffer
  constants: Record<string, number>
}

/** zstd of Node itself; undefined where this Node lacks it or its dictionaries. */
export function loadNodeZstd(): ZstdImplementation | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const hasDictionaries = major > 24 || (major === 24 && minor >= 6) || (major === 22 && minor >= 19)
  if (!hasDictionaries) return undefined
  const node = load<Partial<NodeZstd>>('node:zlib')
  if (!node.zstdCompressSync || !node.zstdDecompressSync || !node.constants) return undefined
  const { zstdCompressSync, zstdDecompressSync, constants } = node as NodeZstd
  return {
    name: 'node',
    compress: (bytes, { dictionary, level }) =>
      zstdCompressSync(bytes, {
        params: { [constants['ZSTD_c_compressionLevel']!]: level },
        pledgedSrcSize: bytes.length,
        // In one piece: when the output ends just where a piece does, Node appends an empty second frame.
        chunkSize: compressBound(bytes.length),
        ...(dictionary && { dictionary }),
      }),
    decompress: (frame, rawLength, dictionary) =>
      zstdDecompressSync(frame, {
        maxOutputLength: Math.max(1, rawLength),
        ...(dictionary && { dictionary }),
      }),
  }
}

/** The most that compressing so many bytes can give (zstd.h), in bytes. */
function compressBound(length: number): number {
  return length + (length >> 8) + 1024
}

/** The prebuilt binding. */
export function loadBindingZstd(): ZstdImplementation {
  const { Encoder, Decoder } = loadPrebuilt<typeof import('@toondepauw/node-zstd')>('@toondepauw/node-zstd')
  const buffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const encoders = new Map<number, InstanceType<typeof Encoder>>()
  const encoderOf = (level: number) => {
    const encoder = encoders.get(level) ?? new Encoder(level)
    encoders.set(level, encoder)
    return encoder
  }
  const decoder = new Decoder()
  return {
    name: 'binding',
    compress(bytes, { dictionary, level }) {
      // A dictionary is prepared into tables of several times its size.
      holdMemory(bytes.length + (dictionary ? DICTIONARY_TABLES + 2 * dictionary.length : 0))
      const encoder = dictionary ? new Encoder(level, buffer(dictionary)) : encoderOf(level)
      return encoder.encodeSync(buffer(bytes))
    },
    decompress(frame, rawLength, dictionary) {
      holdMemory(2 * rawLength + (dictionary?.length ?? 0))
      return (dictionary ? new Decoder(buffer(dictionary)) : decoder).decodeSync(buffer(frame))
    },
  }
}

const DICTIONARY_TABLES = 384 * 1024

let loaded: ZstdImplementation | undefined
function zstd(): ZstdImplementation {
  loaded ??= loadNodeZstd() ?? loadBindingZstd()
  return loaded
}

/** Replaces the implementation, for tests that compare them. Undefined: choose anew. */
export function useZstd(implementation: ZstdImplementation | undefined): void {
  loaded = implementation
}

/** Whether bytes may serve as a raw dictionary: those that begin with zstd's dictionary magic may not. */
export function isUsableDictionary(bytes: Uint8Array): boolean {
  return !(
    bytes.length >= 4 &&
    bytes[0] === 0x37 &&
    bytes[1] === 0xa4 &&
    bytes[2] === 0x30 &&
    bytes[3] === 0xec
  )
}

/** One zstd frame, a single segment that states its content size. `bytes` must not be empty. */
export function compress(
  bytes: Uint8Array,
  { dictionary, level = ZSTD_LEVEL }: CompressOptions = {},
): Buffer {
  if (dictionary && !isUsableDictionary(dictionary)) throw new TypeError('unusable dictionary')
  const frame = withContentSize(zstd().compress(bytes, { dictionary, level }), bytes.length)
  // What cannot be read must not be written, whatever the implementation did.
  checkFrame(frame, bytes.length)
  return frame
}

/** The `rawLength` bytes of one frame. Throws DV_CORRUPT unless the frame states and gives exactly that many. */
export function decompress(frame: Uint8Array, rawLength: number, dictionary?: Uint8Array): Buffer {
  checkFrame(frame, rawLength)
  if (dictionary && !isUsableDictionary(dictionary))
    throw corrupt('A base begins with the dictionary magic of zstd')
  let bytes: Buffer
  try {
    bytes = zstd().decompress(frame, rawLength, dictionary)
  } catch (error) {
    throw new DvError('DV_CORRUPT', 'A zstd frame does not decompress', { cause: error })
  }
  if (bytes.length !== rawLength) throw corrupt(`A zstd frame gave ${bytes.length} bytes, not ${rawLength}`)
  return bytes
}
