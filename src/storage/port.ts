// The storage port: bytes by name, for local disk and every remote. Names are relative, '/'-separated, made of
// [a-z0-9._%@-]; no part ends with a dot; 'tmp' and 'cas' are the adapter's own. Two sorts of names, never mixed: immutable ones (put once) and mutable ones (compare-and-swap).
// Every adapter passes test/compliance/storage.ts.
//
// An adapter of a server makes one request for each call and throws what may pass through `transient`. The decorators
// that `openStorage` puts around it do the rest: `versioned` makes version files (spec/09-layout.md) of mutable values, so
// that the adapter itself puts and gets them as they are, with If-Match and If-None-Match: '*' and the ETag as version, and
// is never asked to delete one; `retrying` repeats; `limited` bounds what is under way.

export interface ByteRange {
  offset: number
  length: number
}

/** A range to be read. `into`: memory of its length for the bytes, of a caller who reads one range after the other; an adapter
 * may put them elsewhere all the same. */
export interface WantedRange extends ByteRange {
  into?: Uint8Array
}

export interface StoredName {
  name: string
  /** Bytes. */
  size: number
  /** When it was put, milliseconds since 1970 by the server's or the file system's clock; absent where there is none. */
  modified?: number
}

/** The present value of a mutable name. `version` is opaque: only good for the next compareAndSwap. */
export interface Versioned {
  bytes: Uint8Array
  version: string
}

export interface ListOptions {
  /** The caller reads each value anyway: names may be among them that were deleted, where to tell is to read them. */
  maybeDeleted?: boolean
}

export interface StorageProperties {
  /** For messages: `/data/store`, `s3://bucket/prefix`. Never holds credentials. */
  readonly location: string
  /** The folder the objects lie in as plain files, when they do: lets a caller read and rename without copying. */
  readonly localRoot?: string
  readonly readOnly: boolean
  /** Set where only names that are known can be read, as on a web server: list() and listMutable() fail. */
  readonly withoutListing?: true
}

/** `mended`: it is what it was, proved by its checksum. `aside`: where the damaged one is kept. */
export interface MendedValue {
  outcome: 'mended' | 'replaced'
  aside?: string
}

export interface Storage {
  readonly properties: StorageProperties

  /** The bytes of an immutable object, or a range of it. Throws DV_NOT_FOUND; a range beyond the end is DV_CORRUPT. */
  get(name: string, range?: WantedRange): Promise<Uint8Array>

  /** Brings an object into a new local file, which its owner may write to. Not synced. Throws DV_NOT_FOUND; when it
   * fails, there is no file. */
  getFile(name: string, path: string): Promise<void>

  /** Bytes of an object, or undefined when it is not there. */
  size(name: string): Promise<number | undefined>

  /** Stores an immutable object, durably when the promise resolves. Names are never reused: storing a name that is
   * there is an idempotent success, and the bytes that came first stay. When it fails, the name is not there. */
  put(name: string, bytes: Uint8Array): Promise<void>

  /** The same from a local file, which is consumed (moved where possible). It is synced to disk first. */
  putFile(name: string, path: string): Promise<void>

  /** Immutable names that begin with `prefix`, in no particular order. May lag behind puts of other processes. */
  list(prefix: string): AsyncIterable<StoredName>

  /** Removes an immutable object. Removing what is not there succeeds. */
  delete(name: string): Promise<void>

  /** The present value of a mutable name, or undefined. */
  read(name: string): Promise<Versioned | undefined>

  /** Sets a mutable name if it is still at `expected` (undefined: if it does not exist). Durable when it resolves.
   * Returns the new version, or undefined when another writer won: then nothing was changed. `bytes` undefined
   * deletes the name. When it throws, the value may have been set: read it back. */
  compareAndSwap(
    name: string,
    expected: string | undefined,
    bytes: Uint8Array | undefined,
  ): Promise<string | undefined>

  /** Mutable names that exist and begin with `prefix`. */
  listMutable(prefix: string, options?: ListOptions): Promise<string[]>

  /** A path for a new temporary file on the same device as the objects where there is one, else in the system's
   * temporary folder. Its folder exists. */
  temporaryPath(): string

  /** Lets go of what is kept of an object here, because it turned out to be damaged: it is read anew. Whether anything
   * was. Absent where nothing is kept. */
  forget?(name: string): boolean

  /** Whether a delete has shown that the server keeps what is deleted as an old version, as a bucket with versioning
   * does. Absent where none can. */
  keepsDeleted?(): boolean

  /** Puts a mutable name right whose present value is damaged: by one bit, else by `guess`. Undefined: it is not damaged,
   * nothing helps, or another writer was faster. Only of servers; of folders: mend.ts. */
  mendValue?(name: string, guess?: Uint8Array): Promise<MendedValue | undefined>

  /** Lets go of what is kept open: files, connections. What is under way may fail. */
  close(): void
}
