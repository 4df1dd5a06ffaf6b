// A store with a bit of everything a store can hold, small: for whatever must hold of all of it.
import type { ApplyOptions } from '../../src/api/index.js'
import { parseId } from '../../src/hash/index.js'
import { noteRef, updateRef } from '../../src/refs/index.js'
import { noise } from './noise.js'
import type { TestRepository } from './repository.js'

/** Small, so that a table of 40 KB has a recipe of several nodes. */
export const FULL_STORE_CHUNKS = 64

/** Commits, in a repository made with chunks of FULL_STORE_CHUNKS: files of one chunk, of a few and of many, noise, text and
 * numbers, links and executables, metadata that spills, versions that are deltas of one another, a merge, tags, a note,
 * and so many packs that segments were merged. */
export async function fillStore(made: TestRepository): Promise<void> {
  const { repository, write, commit, api } = made
  write({
    'table.csv': rows().join(''),
    'numbers.f32': Buffer.from(Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i / 50)).buffer),
    'noise.bin': noise(6000, 1),
    small: 'small',
    empty: '',
    'run.sh': { executable: '#!/bin/sh\n' },
    'deep/folder/link': { link: '../../small' },
    ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`many/${i}.txt`, `file ${i}\n`])),
  })
  await commit('One')
  write({ 'table.csv': rows().with(700, 'changed\n').join(''), 'many/7.txt': undefined })
  const two = await commit('Two')
  await repository.createTag({ name: 'v1', message: 'The first', force: false })
  await repository.createTag({ name: 'light', force: false })
  await repository.createBranch({ name: 'side', force: false })
  const line = { op: 'meta', path: 'table.csv', set: { unit: 'mm', long: 'x'.repeat(900) } }
  await api.apply({ ...APPLY, target: 'side', input: inputOf(line) })
  write({ small: 'other' })
  await commit('Three')
  await repository.merge({ revision: 'side', fastForward: 'allowed', message: 'Both' })
  for (const text of ['four', 'five', 'six']) {
    write({ small: text })
    await commit(text)
  }
  const { storage } = await made.internals()
  const next = { target: parseId<'commit'>(two.commit.id), operation: 'test-1-00000000', updated: 0 }
  await updateRef(storage, noteRef('checks'), { expected: undefined, next })
}

function rows(): string[] {
  return Array.from({ length: 1500 }, (_, i) => `${i},row ${(i * 7919) % 1501}\n`)
}

const APPLY = { message: 'Units', create: false, dryRun: false } satisfies Partial<ApplyOptions>

async function* inputOf(line: object): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(line)}\n`)
}
