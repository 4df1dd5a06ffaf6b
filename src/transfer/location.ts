// Where a remote's address leads. Only what lies in a folder can be reached now; the rest is refused by name.
import { fileURLToPath } from 'node:url'
import { DvError } from '../base/index.js'

export interface RemoteLocation {
  kind: 'directory'
  /** A path, as absolute or relative as it was given. */
  path: string
}

const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i

/** Throws DV_UNSUPPORTED for a scheme dv cannot speak, DV_BAD_CONFIG for a file URL that names no path here. */
export function parseRemoteLocation(url: string): RemoteLocation {
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase()
  if (scheme === undefined) return { kind: 'directory', path: url }
  if (scheme === 'file') return { kind: 'directory', path: pathOfFileUrl(url) }
  throw new DvError('DV_UNSUPPORTED', `This version of dv cannot reach '${scheme}://' remotes`, {
    data: { scheme, supported: ['directory', 'file'] },
    hint: 'name a folder, as a path or a file:// URL',
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
