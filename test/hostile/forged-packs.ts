// Packs and stores that no dv would make, of bytes that are each what they say.
import { blake3 } from '../../src/hash/index.js'
import { EMPTY_ROOT, encodeRoot, readRoot, type SegmentRef } from '../../src/index/index.js'
import { decodePackTrailer, PACK_NAME_BYTES, PACK_TRAILER_BYTES, packKey } from '../../src/pack/index.js'
import type { Storage } from '../../src/storage/index.js'

const NAME_AT = 64
const CHECKSUM_BYTES = 32

/** A pack under another name, which its footer names too. */
export function renamedPack(pack: Uint8Array, name: string): Buffer {
  const bytes = Buffer.from(pack)
  const { offset, length } = decodePackTrailer(bytes.subarray(-PACK_TRAILER_BYTES), bytes.length)
  const segment = bytes.subarray(offset, offset + length)
  segment.write(name, NAME_AT, PACK_NAME_BYTES, 'hex')
  segment.set(blake3.hash(segment.subarray(0, -CHECKSUM_BYTES)), length - CHECKSUM_BYTES)
  return bytes
}

/** Makes `forged` a store with the same packs under other names: each as `names` says, or as before. */
export async function renamedStore(
  storage: Storage,
  names: ReadonlyMap<string, string>,
  forged: Storage,
): Promise<Storage> {
  const segments: SegmentRef[] = []
  for (const { key, offset, length, rows } of (await readRoot(storage)).root.segments) {
    const name = names.get(key.slice('packs/'.length)) ?? key.slice('packs/'.length)
    await forged.put(packKey(name), renamedPack(await storage.get(key), name))
    segments.push({ key: packKey(name), offset, length, rows })
  }
  await forged.compareAndSwap('index/root', undefined, encodeRoot({ ...EMPTY_ROOT, segments }))
  return forged
}
