// Where a remote is, without the secrets people paste into URLs. Rule: spec/09-layout.md, "Configuration"
import { DvError } from '../base/index.js'

export interface RemoteUrl {
  /** A URL, or a path as it was given. */
  url: string
  /** A user name or password was in it, and is not in `url`. */
  stripped: boolean
}

/** What a user is told when it was. */
export const STRIPPED_NOTE =
  'The user name or password in the URL was not saved: credentials come from the environment'

const SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i
const ARGUMENT_CHARS_MAX = 500

/** Reads the address of a remote: a folder's path, or a URL, from which user-info is taken. Throws DV_BAD_CONFIG. */
export function parseRemoteUrl(text: string): RemoteUrl {
  if (text.trim() === '') throw new DvError('DV_BAD_CONFIG', 'The address of a remote cannot be empty')
  if (text.includes('\0'))
    throw new DvError('DV_BAD_CONFIG', 'The address of a remote cannot have a zero byte')
  if (!SCHEME.test(text)) return { url: text, stripped: false }
  let url: URL
  try {
    url = new URL(text)
  } catch {
    // Not shown: what cannot be parsed cannot be stripped.
    throw new DvError('DV_BAD_CONFIG', 'The address of the remote is not a valid URL', {
      hint: 'write special characters of a path as %xx, and leave out user names and passwords',
    })
  }
  if (url.username === '' && url.password === '') return { url: text, stripped: false }
  url.username = ''
  url.password = ''
  return { url: url.href, stripped: true }
}

/** A command's arguments as they may be recorded: without user-info and queries of URLs, and not endless. */
export function redactArguments(args: readonly string[]): string[] {
  return args.slice(0, 100).map((arg) => {
    const shown = arg.length > ARGUMENT_CHARS_MAX ? `${arg.slice(0, ARGUMENT_CHARS_MAX)}…` : arg
    return shown
      .replace(/([a-z][a-z0-9+.-]+:\/\/)[^\s/]*@/gi, '$1')
      .replace(/([a-z][a-z0-9+.-]+:\/\/[^\s?]*)\?\S*/gi, '$1?…')
  })
}
