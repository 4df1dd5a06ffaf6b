// Who makes a commit: dv's configuration, else git's.
import { DvError, load } from '../base/index.js'
import type { Signature } from '../objects/index.js'
import type { Config } from '../repo/index.js'
import { type Context, effectiveConfig } from './context.js'
import type { Surroundings } from './types.js'

/** The user's signature now. Throws DV_NO_AUTHOR when nothing says who that is. */
export async function ownSignature(context: Context): Promise<Signature> {
  const { surroundings, workdir } = context
  return signatureOf(await effectiveConfig(context), { ...surroundings, cwd: workdir.root })
}

/** The same where there may be no repository: `config` is what there is of dv's, `cwd` where git is asked. */
export function signatureOf({ user }: Config, surroundings: Surroundings): Signature {
  const { clock, zone } = surroundings
  const name = user.name ?? gitConfig(surroundings, 'user.name')
  const email = user.email ?? gitConfig(surroundings, 'user.email')
  if (!name || !email) {
    const missing =
      !name && !email ? 'user.name and user.email are' : !name ? 'user.name is' : 'user.email is'
    throw new DvError('DV_NO_AUTHOR', `Nobody is named as the author: ${missing} not set`, {
      hint: "type: dv config --global user.name 'Your Name' && dv config --global user.email you@example.org",
    })
  }
  return { name, email, time: clock(), zone }
}

/** 'Name <email>' as a signature of now. Throws DV_USAGE when it is not of that form. */
export function parseAuthor({ surroundings }: Pick<Context, 'surroundings'>, text: string): Signature {
  const match = /^\s*([^<>]+?)\s*<([^<>\s]+)>\s*$/.exec(text)
  if (!match) {
    throw new DvError('DV_USAGE', `'${text}' does not name an author`, { hint: "write it as 'Name <email>'" })
  }
  return { name: match[1]!, email: match[2]!, time: surroundings.clock(), zone: surroundings.zone }
}

function gitConfig({ cwd, env }: Surroundings, key: string): string | undefined {
  try {
    const { execFileSync } = load<typeof import('node:child_process')>('node:child_process')
    const text = execFileSync('git', ['config', '--get', key], {
      cwd,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5000,
    })
    return text.trim() || undefined
  } catch {
    // No git, or nothing set there.
    return undefined
  }
}
