// The one door to a BLAKE3 implementation: the native binding, else WebAssembly (spec/decisions/0002).
import { load, loadPrebuilt } from '../base/index.js'

export interface Hasher {
  update(bytes: Uint8Array): void
  /** 32 bytes; the hasher must not be used afterwards. */
  digest(): Uint8Array
}

export interface Blake3 {
  readonly name: 'native' | 'wasm'
  hash(bytes: Uint8Array): Uint8Array
  deriveKey(context: string, bytes: Uint8Array): Uint8Array
  hasher(): Hasher
}

/** The native binding; throws where no prebuilt binary fits this platform. */
export function loadNative(): Blake3 {
  const binding = loadPrebuilt<typeof import('@napi-rs/blake-hash')>('@napi-rs/blake-hash')
  // One hasher per context: a new one costs twice the time and 2 KiB that only the event loop gives back.
  const deriving = new Map<string, InstanceType<typeof binding.Blake3Hasher>>()
  return {
    name: 'native',
    hash: (bytes) => binding.blake3(bytes),
    deriveKey(context, bytes) {
      let hasher = deriving.get(context)
      if (hasher === undefined) deriving.set(context, (hasher = binding.Blake3Hasher.newDeriveKey(context)))
      hasher.reset()
      return hasher.update(bytes).digestBuffer()
    },
    hasher() {
      const hasher = new binding.Blake3Hasher()
      return {
        update: (bytes) => void hasher.update(bytes),
        digest: () => hasher.digestBuffer(),
      }
    },
  }
}

/** The portable fallback of the `blake3` package. */
export function loadWasm(): Blake3 {
  const wasm = load<typeof import('blake3')>('blake3')
  return {
    name: 'wasm',
    hash: (bytes) => wasm.hash(Buffer.from(bytes)) as Buffer,
    deriveKey: (context, bytes) => wasm.deriveKey(context, Buffer.from(bytes)) as Buffer,
    hasher() {
      const hasher = wasm.createHash()
      return {
        update: (bytes) => void hasher.update(Buffer.from(bytes)),
        digest: () => hasher.digest() as Buffer,
      }
    },
  }
}

function choose(): Blake3 {
  try {
    return loadNative()
  } catch {
    return loadWasm()
  }
}

export const blake3: Blake3 = choose()
