import type { PurgedStore, PurgeListed, PurgeResult } from '../api-types.js'
import { count, number, size } from './amounts.js'
import { purgedOn } from './changes.js'
import { safe } from './escape.js'
import type { Screen } from './screen.js'

const CONTENTS_SHOWN = 20
const PATHS_SHOWN = 3

export function renderPurge(
  { dryRun, contents, stores, removed, ended = [] }: PurgeResult,
  screen: Screen,
): void {
  const bytes = contents.reduce((sum, one) => sum + one.bytes, 0)
  if (contents.length === 0) screen.note('All of it was purged before')
  else
    screen.note(`${dryRun ? 'Would purge' : 'Purged'} ${count(contents.length, 'content')} (${size(bytes)}):`)
  for (const { content, bytes: length, paths, count: all } of contents.slice(0, CONTENTS_SHOWN)) {
    const more = all > PATHS_SHOWN ? ` and ${number(all - PATHS_SHOWN)} more` : ''
    const names = paths.slice(0, PATHS_SHOWN).map((one) => screen.path(one))
    screen.line(`  ${content.slice(0, 12)}  ${size(length)}  ${names.join(', ')}${more}`)
  }
  if (contents.length > CONTENTS_SHOWN) screen.line(`  ${number(contents.length - CONTENTS_SHOWN)} more`)
  for (const one of ended)
    screen.note(`${dryRun ? 'Would end' : 'Ended'} too: ${count(one.files, 'content')} ${purgedOn(one)}`)
  renderPurgedStores(stores, screen, dryRun)
  if (removed !== undefined) screen.note(`${count(removed, 'file')} removed from the working directory`)
}

export function renderPurgedStores(stores: readonly PurgedStore[], screen: Screen, dryRun = false): void {
  for (const store of stores) renderStore(store, screen, dryRun)
  const missed = stores.filter(({ outcome }) => outcome === 'unreached')
  if (missed.length > 0) screen.hint("'dv purge --resume' tries again; a push to it purges it as well")
  else if (!dryRun && stores.length > 0) screen.hint("other clones let go of it with their next 'dv fetch'")
}

function renderStore(
  { remote, outcome, packs = 0, gone, shared, failure, keepsDeleted }: PurgedStore,
  screen: Screen,
  dryRun: boolean,
): void {
  const where = remote ? `'${safe(remote.name)}'` : 'Here'
  if (outcome === 'unreached')
    return screen.warn(`${where} still has it: ${safe(failure?.message ?? 'it was not reached')}`)
  const goes = `${amount(gone)} ${dryRun ? 'would go' : 'gone'}`
  const stays = shared?.items ? `; ${amount(shared)} stay, other files need them` : ''
  screen.note(`${where}: ${goes}, ${count(packs, 'pack')} ${dryRun ? 'to be ' : ''}written anew${stays}`)
  if (keepsDeleted)
    screen.warn(
      `The bucket of ${where} keeps old versions, where it can still be had: delete those of packs/ and segments/`,
    )
}

function amount({ items, bytes } = { items: 0, bytes: 0 }): string {
  return `${count(items, 'object')} (${size(bytes)})`
}

export function renderPurges(list: readonly PurgeListed[], screen: Screen): void {
  if (list.length === 0) screen.note('Nothing was purged')
  for (const purge of list) {
    screen.line(
      `${count(purge.files, 'content')} (${size(purge.bytes)}) ${purgedOn(purge)} (${safe(purge.by)})`,
    )
    for (const path of purge.paths.slice(0, CONTENTS_SHOWN)) screen.line(`  ${screen.path(path)}`)
    if (purge.paths.length > CONTENTS_SHOWN)
      screen.line(`  ${number(purge.paths.length - CONTENTS_SHOWN)} more`)
  }
}
