// Data of another store, as 'dv require' and 'dv commit --input' take it: 'REPO@REV', 'REPO@REV:PATH', or a URL or folder
// alone, which is its default branch.
import { DvError } from '../base/index.js'
import type { CommitId, ManifestId } from '../hash/index.js'
import { isAddress, parseAddress, parseElsewhere } from '../history/index.js'
import { checkUrl } from '../lockfile/index.js'
import { commitOf, currentHead, type StoreView } from './context.js'
import { configAround } from './project.js'
import { remoteMeant } from './remote-store.js'
import type { RemoteInfo } from './results.js'
import { resolve } from './revisions.js'
import { requireIn } from './tree-address.js'
import type { Surroundings } from './types.js'

export interface MeantData {
  repo: string
  revision: string
  path: string
}

export function readDataAddress(text: string): MeantData {
  const elsewhere = parseElsewhere(text)
  if (elsewhere) return { repo: elsewhere.repo, revision: elsewhere.revisions, path: '' }
  const { repo, revision, path } = isAddress(text)
    ? parseAddress(text)
    : { repo: text, revision: 'HEAD', path: '' }
  if (repo !== undefined) return { repo, revision, path }
  throw new DvError('DV_USAGE', `'${text}' does not say which store it is of`, {
    data: { address: text },
    hint: 'type it as URL@REV or URL@REV:PATH, as in s3://lab/plates@v2 or ../photos@main:labels',
  })
}

/** Where that is, fit to be written down. Throws DV_BAD_ADDRESS, without the address: what is wrong with it may be a secret. */
export async function remoteOfData(surroundings: Surroundings, repo: string): Promise<RemoteInfo> {
  const remote = remoteMeant(await configAround(surroundings), repo, surroundings.cwd)
  const reason = checkUrl(remote.url)
  if (reason !== undefined) throw new DvError('DV_BAD_ADDRESS', `The address cannot be kept: ${reason}`)
  return remote
}

export interface FoundData {
  revision: string
  commit: CommitId
  manifest: ManifestId
}

/** HEAD becomes the branch that it is on: what it means must not change with what somebody checks out there. */
export async function lookUpData(view: StoreView, { revision, path }: MeantData): Promise<FoundData> {
  const { commit } = await resolve(view, revision)
  const { manifest } = (await commitOf(view, commit))!
  await requireIn({ view, revision, manifest, path })
  const { head } = revision === 'HEAD' ? await currentHead(view) : { head: undefined }
  return { revision: head?.kind === 'branch' ? head.branch : revision, commit, manifest }
}
