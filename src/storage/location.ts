// What the address of a store says: which adapter reaches it, and where there. Rule: spec/13-transfer.md, "Addresses"
import { fileURLToPath } from 'node:url'
import { DvError } from '../base/index.js'

export type StoreLocation =
  /** As absolute or relative as it was given. */
  | { kind: 'directory'; path: string }
  /** `prefix` has no slash at either end; '' is the whole bucket. */
  | { kind: 's3'; bucket: string; prefix: string }
  /** Without a slash at its end. */
  | { kind: 'web'; url: string }

const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i

/** Throws DV_UNSUPPORTED for a scheme dv cannot speak, DV_BAD_CONFIG for an address that leads nowhere. */
export function parseLocation(address: string): StoreLocation {
  const scheme = SCHEME.exec(address)?.[1]?.toLowerCase()
  switch (scheme) {
    case undefined:
      return { kind: 'directory', path: address }
    case 'file':
      return { kind: 'directory', path: pathOfFileUrl(address) }
    case 's3':
      return bucketOf(address)
    case 'http':
    case 'https':
      return { kind: 'web', url: address.replace(/\/+$/, '') }
    default:
      throw new DvError('DV_UNSUPPORTED', `This version of dv cannot reach '${scheme}://' remotes`, {
        data: { scheme, supported: ['a folder', 'file', 's3', 'https', 'http'] },
        hint: 'name a folder, or an s3:// or https:// address',
      })
  }
}

function bucketOf(address: string): StoreLocation {
  const [bucket = '', ...parts] = address.slice('s3://'.length).split('/')
  const prefix = parts.filter((part) => part !== '').join('/')
  if (/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i.test(bucket)) return { kind: 's3', bucket, prefix }
  throw new DvError('DV_BAD_CONFIG', `'${address}' does not name a bucket`, {
    data: { url: address },
    hint: 'write it as s3://BUCKET/PREFIX; where the service is goes into --endpoint',
  })
}

function pathOfFileUrl(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (cause) {
    throw new DvError('DV_BAD_CONFIG', `'${url}' does not name a folder on this machine`, {
      data: { url },
      hint: 'write it as file:///path/to/folder',
      cause,
    })
  }
}
