import type * as api from '../../src/cli/api-types.js'
import { iterate, NOW } from './test-io.js'

export const ID = 'a1b2c3d4'.repeat(8)
export const OTHER = '0f1e2d3c'.repeat(8)
const HOUR = 3_600_000

export const person: api.Person = { name: 'Ada', email: 'ada@example.org', time: NOW - 2 * HOUR, zone: 60 }
export const point = { id: ID, short: ID.slice(0, 8), subject: 'Add labels', time: NOW - 2 * HOUR }
export const sums: api.ChangeSums = {
  added: 2,
  modified: 1,
  deleted: 0,
  renamed: 1,
  bytesAdded: 1_234_567,
  bytesRemoved: 300,
}
export const checkout: api.CheckoutSums = { written: 12, removed: 1, bytes: 3_400_000 }
export const bucket: api.RemoteInfo = {
  ...{ name: 'archive', url: 's3://lab/photos' },
  settings: { endpoint: 'https://minio.lab.example', 'path-style': 'true' },
}
export const remote: api.RemoteInfo = { name: 'origin', url: '/mnt/team/photos' }

export function commitInfo(changes: Partial<api.CommitInfo> = {}): api.CommitInfo {
  return {
    ...{ id: ID, short: ID.slice(0, 8), parents: [OTHER], author: person, committer: person },
    message: 'Add labels\n\nFrom the May survey.\n',
    metadata: { accuracy: 0.93, tags: ['a', 'b'] },
    refs: [
      { kind: 'head', name: 'main' },
      { kind: 'branch', name: 'main' },
      { kind: 'tag', name: 'v1' },
    ],
    ...changes,
  }
}

const empty = { count: 0, bytes: 0, items: [] }
export const conflict: api.StatusConflict = {
  ...{ path: 'labels.csv', kind: 'both-modified', markers: true },
  ...{ ours: 'labels.csv.ours', theirs: 'labels.csv.theirs' },
}
const cellConflict: api.StatusConflict = {
  ...{ path: 'cells.csv', kind: 'both-modified', markers: false, cellCount: 1204 },
  cells: [
    { key: { id: '7' }, column: 'age', base: '36', ours: '37', theirs: '38' },
    { key: { id: '\u001b[31m' }, base: '8,1', theirs: '8,2' },
  ],
}

export const cleanStatus: api.StatusResult = {
  branch: 'main',
  commit: point,
  groups: { added: empty, modified: empty, deleted: empty, renamed: empty, conflicts: empty },
  newDirectories: [],
  clean: true,
}

export const changedStatus: api.StatusResult = {
  ...cleanStatus,
  upstream: { name: 'origin/main', ahead: 2, behind: 1, gone: false },
  groups: {
    added: { count: 1205, bytes: 3_400_640, items: [{ path: 'new.csv', kind: 'file', bytes: 640 }] },
    modified: {
      count: 1,
      bytes: 1300,
      items: [{ path: 'data/a.csv', kind: 'file', bytes: 1300, before: 1200 }],
    },
    deleted: { count: 1, bytes: 5, items: [{ path: 'old.txt', kind: 'file', bytes: 5 }] },
    renamed: { count: 1, bytes: 70, items: [{ path: 'b.txt', from: 'a.txt', kind: 'file', bytes: 70 }] },
    conflicts: empty,
  },
  newDirectories: [{ path: 'images', files: 1204, bytes: 3_400_000 }],
  skipped: {
    count: 3,
    items: [
      { path: 'run/socket', reason: 'special file' },
      { path: '.DV', reason: 'reserved name' },
    ],
  },
  clean: false,
}

export const conflictStatus: api.StatusResult = {
  ...changedStatus,
  unfinished: { kind: 'merge', theirs: 'cleanup', short: OTHER.slice(0, 8) },
  groups: { ...cleanStatus.groups, conflicts: { count: 2, bytes: 0, items: [conflict, cellConflict] } },
  newDirectories: [],
}

const tableRecords: api.DiffRecord[] = [
  { type: 'change', status: 'modified', path: 'd.csv', kind: 'file', before: 70, after: 80 },
  {
    ...{ type: 'table', path: 'd.csv', format: 'csv', key: ['id'], keySource: 'automatic' },
    rows: { before: 1204, after: 1206 },
    columns: [
      { name: 'id', before: 'BIGINT', after: 'BIGINT' },
      { name: 'age', before: 'BIGINT', after: 'DOUBLE' },
      { name: 'city', after: 'VARCHAR' },
      { name: 'town', before: 'VARCHAR' },
    ],
    compared: ['age'],
  },
  {
    ...{ type: 'row', change: 'changed', before: 1, after: 1, key: { id: '1' } },
    cells: [{ column: 'age', before: '36', after: null }],
  },
  { type: 'row', change: 'removed', before: 2, count: 1, values: { id: '2', town: 'New\u001b[31m York' } },
  { type: 'row', change: 'added', after: 3, count: 2, values: { id: 4, tags: ['a', 1.5] } },
  { type: 'rows', added: 2, removed: 1, changed: 1, unchanged: 1203, cells: { age: 1 } },
]

const SHAPE = {
  format: 'ome-tiff' as const,
  shape: [2, 3, 2, 16, 20],
  axes: 'TCZYX',
  type: 'uint16',
  planes: 12,
}

export const diffRecords: api.DiffRecord[] = [
  { type: 'diff', from: { name: 'HEAD', commit: ID }, to: { name: 'working directory' } },
  {
    ...{ type: 'change', status: 'modified', path: 'data/a.csv', kind: 'file', before: 12, after: 14 },
    content: {
      ...{ type: 'text', linesAdded: 1, linesRemoved: 1 },
      hunks: [
        {
          beforeStart: 1,
          beforeLines: 2,
          afterStart: 1,
          afterLines: 2,
          lines: [' id,name', '-1,a', '+1,bcd'],
        },
      ],
    },
  },
  {
    ...{
      type: 'change',
      status: 'modified',
      path: 'big.bin',
      kind: 'file',
      before: 5_000_000,
      after: 5_000_100,
    },
    metadata: [
      { key: 'owner', before: 'Ada', after: 'Bob' },
      { key: 'plate', after: { int64: '9007199254740993' } },
    ],
    content: {
      ...{ type: 'bytes', changedBytes: 100 },
      ranges: [{ beforeStart: 4096, beforeLength: 0, afterStart: 4096, afterLength: 100 }],
    },
  },
  { type: 'change', status: 'renamed', path: 'b.txt', from: 'a.txt', kind: 'file', before: 70, after: 70 },
  {
    ...{ type: 'change', status: 'modified', path: 'link', kind: 'symlink', before: 1, after: 1 },
    content: { type: 'link', before: 'x', after: 'y' },
  },
  { type: 'change', status: 'added', path: 'c.bin', kind: 'file', before: 0, after: 1_200_000 },
  ...tableRecords,
  {
    type: 'image',
    path: 'five.ome.tif',
    before: SHAPE,
    after: { ...SHAPE, shape: [2, 3, 2, 32, 20] },
    compared: false,
  },
  { type: 'image', path: 'five.ome.tif', before: SHAPE, after: SHAPE, compared: true },
  { type: 'plane', plane: 'T=1 C=2 Z=0', pixels: 320, unit: 'pixel', changed: 40, largest: 5 },
  { type: 'plane', plane: 'page 3' },
  {
    ...{ type: 'pixels', planes: { compared: 12, changed: 2, added: 1, removed: 0 }, unit: 'pixel' },
    ...{
      pixels: 3840,
      changed: 41,
      largest: 5,
      channels: [
        { changed: 41, largest: 0.25 },
        { changed: 0, largest: 0 },
      ],
    },
  },
  {
    type: 'unread',
    path: 'b.tif',
    code: 'DV_BAD_IMAGE',
    message: "'v2:b.tif' cannot be read as an image: it ends at byte 9",
  },
  {
    type: 'notebook',
    path: 'a.ipynb',
    kernel: { before: 'Python 3, python 3.10.1', after: 'Python 3, python 3.11.7' },
  },
  {
    ...{ type: 'cell', change: 'changed', before: 1, after: 1, kind: 'code', id: 'plot' },
    source: [
      { beforeStart: 1, beforeLines: 1, afterStart: 1, afterLines: 1, lines: ['-plot(x)', '+plot(y)'] },
    ],
    outputs: {
      before: [
        { kind: 'image/png', bytes: 12034 },
        { kind: 'stdout', lines: 3 },
      ],
      after: [
        { kind: 'image/png', bytes: 13120 },
        { kind: 'stdout', lines: 3, same: true },
        { kind: 'error', name: 'ValueError' },
      ],
    },
  },
  { type: 'cell', change: 'moved', before: 2, after: 4, kind: 'markdown' },
  { type: 'cells', added: 0, removed: 0, changed: 1, moved: 1, unchanged: 7 },
  { type: 'summary', newBytes: 640_000, ...sums },
]

export const operation: api.OperationInfo = {
  ...{ id: OTHER, short: OTHER.slice(0, 8), time: NOW - HOUR, verb: 'commit', saved: 1, unfinished: false },
  summary: 'commit a1b2c3d4 on main: Add labels',
  refs: [{ name: 'main', before: OTHER, after: ID }],
  undoes: ID,
}

const mergeResult: api.MergeResult = {
  outcome: 'merged',
  commit: point,
  theirs: 'cleanup',
  changes: sums,
  conflicts: [],
}
const pushResult: api.PushResult = {
  ...{ remote, sent: { objects: 3, bytes: 640 }, upstream: 'origin/main' },
  updates: [
    {
      name: 'main',
      kind: 'branch',
      target: 'main',
      before: OTHER,
      after: ID,
      outcome: 'rejected',
      reason: 'not-fast-forward',
    },
    { name: 'v1', kind: 'tag', target: 'v1', after: ID, outcome: 'new' },
  ],
}
const fetchResult: api.FetchResult = {
  remote,
  updates: [
    {
      name: 'main',
      kind: 'branch',
      target: 'origin/main',
      before: OTHER,
      after: ID,
      outcome: 'fast-forward',
    },
  ],
  received: { objects: 34, bytes: 1_200_000, reusedBytes: 5_000_000 },
}
const tagInfo: api.TagInfo = {
  name: 'v1',
  commit: ID,
  short: ID.slice(0, 8),
  message: 'For the paper\n',
  tagger: person,
}
const subset: api.SubsetInfo = {
  name: 'plate36',
  current: false,
  where: 'plate = 36',
  from: 'main',
  source: { id: ID, short: ID.slice(0, 8) },
  behind: true,
  commit: { id: OTHER, short: OTHER.slice(0, 8), subject: 'Subset of main: plate = 36', time: 0 },
  total: { files: 3, bytes: 70 },
}

const worktree: api.WorktreeInfo = {
  directory: '/data/old',
  branch: 'main',
  commit: point,
  current: true,
  missing: true,
}
const switched: api.SwitchResult = {
  ...{
    branch: 'cleanup',
    commit: point,
    created: true,
    tracking: 'origin/cleanup',
    already: false,
    checkout,
    kept: 2,
  },
  previous: { short: OTHER.slice(0, 8), orphaned: 2 },
}
const gone: api.RefDeleted = { name: 'cleanup', commit: ID, short: ID.slice(0, 8) }

export const applied: api.ApplyResult = {
  ...{ remote, branch: 'main', outcome: 'moved', before: OTHER, commit: commitInfo({ refs: [] }) },
  ...{
    changes: sums,
    total: { files: 1210, bytes: 5_000_000 },
    storedBytes: 640_000,
    retries: 1,
    dryRun: false,
  },
}

const metaImported: api.MetaImported = {
  ...{ rows: 1204, paths: 1200, changed: 1200, dryRun: false },
  missing: { count: 4, examples: ['images/gone.tif'] },
  columns: [
    { name: 'plate', type: 'int64', values: 1204 },
    { name: 'note', type: 'string', values: 17 },
  ],
  warnings: ["'note' is taken for text: 3 of 17 values are no int64, the first is 'none' on line 9"],
}

/** A repository in which every verb has something to tell. */
export const everything = {
  status: async () => conflictStatus,
  commit: async () => ({
    ...{ commit: commitInfo(), amended: false, root: false, changes: sums },
    skipped: { count: 1, items: [{ path: '.DV', reason: 'reserved name' as const }] },
    ...{ total: { files: 1210, bytes: 5_000_000 }, storedBytes: 640_000 },
  }),
  log: () =>
    iterate<api.LogEntry>({ ...commitInfo(), changes: sums }, commitInfo({ id: OTHER, parents: [] })),
  show: () =>
    iterate<api.ShowRecord>(
      { type: 'tag', tag: tagInfo },
      {
        type: 'commit',
        commit: commitInfo({
          ...{ parents: [ID, OTHER], committer: { ...person, name: 'Bob' } },
          inputs: [
            { url: 's3://lab/plates', revision: 'v2', commit: ID, path: 'day1', where: 'plate > 35' },
            { url: '/lab/\u001b[31m', commit: OTHER },
          ],
        }),
        total: { files: 3, bytes: 70 },
      },
      ...diffRecords,
    ),
  diff: () => iterate(...diffRecords),
  ls: () =>
    iterate<api.TreeEntry>(
      { path: 'data', kind: 'directory', bytes: 1200, files: 2 },
      { path: 'a.csv', kind: 'file', bytes: 640, content: ID },
      { path: 'run.sh', kind: 'executable', bytes: 64, content: OTHER },
      { path: 'link', kind: 'symlink', bytes: 5, target: 'a.csv' },
    ),
  query: async () => ({
    columns: [
      { name: 'path', type: 'VARCHAR' },
      { name: 'plate\u001b', type: 'BIGINT' },
      { name: 'tags', type: 'VARCHAR[]' },
    ],
    batches: iterate<api.QueryValue[][]>(
      [
        ['a.csv', 35n, ['x', 'y\n']],
        ['evil\u001b[31m.csv', undefined, undefined],
      ],
      [['', 9007199254740993n, []]],
    ),
  }),
  search: async (): Promise<api.SearchResult> => ({
    hits: [
      {
        ...{ kind: 'file', path: 'day1/cell\u001b.csv', score: 3.2, pathMarks: [[5, 9]] },
        extract: { line: 2, text: 'a cell\u001b[31m is here', marks: [[2, 6]] },
      },
      { kind: 'commit', commit: ID, score: 1.1, extract: { line: 1, text: 'Add cells', marks: [[4, 9]] } },
    ],
    total: 31,
    searched: { entries: 1200, commits: 3, notIndexed: 2 },
  }),
  exportManifest: async (): Promise<api.ManifestExported> => ({
    ...{ location: 's3://lab/tables/at_commit=beef', commit: ID, outcome: 'written' },
    ...{ rows: 1_204_000, parts: 2, bytes: 31_000_000 },
  }),
  check: () =>
    iterate<api.CheckRecord>(
      { type: 'check', commit: ID, rules: OTHER },
      {
        ...{
          type: 'rule',
          rule: 'tables[0].columns.age.max',
          name: 'cells\u001b.csv',
          path: 'cells\u001b.csv',
        },
        ...{ line: 9, outcome: 'failed', message: "1,200 values of 'age' are above 120", count: 1200 },
        findings: [
          { row: 7, column: 'age', value: '121\u001b[31m' },
          { row: 8, column: 'age', value: 'x', times: 3 },
        ],
      },
      {
        ...{ type: 'rule', rule: 'files[0].metadata', name: 'plates', line: 3, outcome: 'failed', count: 1 },
        ...{ message: '1 file lacks metadata', findings: [{ path: 'a.tif', column: 'plate' }] },
      },
      {
        ...{ type: 'rule', rule: 'queries[0]', name: 'no orphans', line: 20, outcome: 'failed', count: 1 },
        ...{
          message: '1 row came, where none was wanted',
          findings: [{ values: { path: 'a\u001b', n: null } }],
        },
      },
      {
        ...{ type: 'rule', rule: 'tables[1]', name: 'lst.csv', line: 15, outcome: 'error' },
        message: "There is no file 'lst.csv'",
        error: {
          code: 'DV_UNKNOWN_PATH',
          message: "There is no file 'lst.csv'",
          hint: "did you mean 'list.csv'?",
          data: {},
        },
      },
      { type: 'rule', rule: 'files[0].count', name: 'plates', line: 3, outcome: 'passed' },
      {
        ...{ type: 'rule', rule: 'tables[0].drift', name: 'cells.csv', path: 'cells.csv', line: 12 },
        ...{ outcome: 'skipped', message: 'there is nothing before it' },
      },
      { type: 'summary', outcome: 'failed', passed: 1, failed: 3, errors: 1, skipped: 1 },
    ),
  proposeChecks: async (): Promise<api.ChecksProposed> => ({
    ...{ file: 'dv.checks.yaml', tables: 12, images: 1, passedOver: 2 },
  }),
  profile: () =>
    iterate<api.ProfileRecord>(
      { type: 'profile', commit: ID },
      {
        ...{ type: 'folder', path: '', files: 1204, bytes: 3_400_000 },
        formats: [
          { extension: 'tif', files: 1200, bytes: 3_300_000 },
          { extension: '', files: 4, bytes: 100_000 },
        ],
        images: {
          ...{ files: 1200, looked: 1000, unreadable: 2 },
          kinds: [{ format: 'tiff', shape: [512, 512], axes: 'YX', type: 'uint16', planes: 1, files: 998 }],
        },
      },
      {
        ...{ type: 'table', path: 'cells\u001b.csv', format: 'csv', bytes: 64_000, rows: 1000 },
        columns: [
          {
            ...{ name: 'age', type: 'integer', missing: 31, min: 0, max: 96, mean: 41.25, exact: false },
            ...{ quantiles: [{ p: 0.5, value: 40 }], distinct: { count: 97, exact: true } },
            histogram: { from: 0, width: 20, counts: [100, 400, 300, 169, 0] },
          },
          {
            ...{ name: 'line\u001b', type: 'string', missing: 0, min: 'AICS-13', max: 'AICS-23' },
            distinct: { count: 20_000, exact: false },
            top: [
              { value: 'AICS-23', count: 600 },
              { value: 'AICS-13\u001b[31m', count: 400 },
            ],
          },
          { name: 'none', type: 'empty', missing: 1000 },
        ],
      },
      {
        ...{ type: 'table', path: 'bad.csv', format: 'csv', bytes: 40 },
        error: { code: 'DV_BAD_TABLE', message: "Line 3 of 'bad.csv' has 1 cell, where the head has 2" },
      },
      { type: 'summary', files: 1204, bytes: 3_400_000, tables: 1, unread: 1 },
    ),
  queryToFile: async () => ({ file: 'a.csv', bytes: 2_100_000 }),
  queryRecords: () =>
    iterate({ path: 'a.csv', plate: 35, tags: ['x'] }, { path: 'b', plate: null, tags: null }),
  du: async () => ({
    rows: [
      { path: 'data', files: 2, bytes: 1200 },
      { path: '', files: 5, bytes: 5_000_000 },
    ],
    ...{ total: { files: 5, bytes: 5_000_000 }, storedBytes: 2_500_000 },
  }),
  get: async (): Promise<api.GetResult> => ({
    destination: '/data/out',
    written: { files: 1204, bytes: 3_400_000 },
    kept: { files: 6, bytes: 1_600_000 },
  }),
  setMetadata: async (): Promise<api.MetaChanged> => ({ paths: 3, changed: 2, types: { plate: 'int64' } }),
  importMetadata: async () => metaImported,
  metadata: {
    set: async (): Promise<api.MetaCommitted> => ({
      ...{ paths: 3, changed: 2, types: { plate: 'int64' }, applied },
    }),
    import: async (): Promise<api.MetaImportCommitted> => {
      const { commit: _, ...rehearsed } = applied
      return { ...metaImported, dryRun: true, applied: { ...rehearsed, dryRun: true, retries: 0 } }
    },
  },
  exportMetadata: () => iterate(Buffer.from('path,plate\nimages/a.tif,7\n')),
  getMetadata: () =>
    iterate<api.MetaItem>({
      ...{ path: 'images/a.tif', kind: 'file', inherited: { plate: 'images' } },
      metadata: { plate: 7, code: '007', taken: { date: '2026-01-31T00:00:00.000Z' }, share: { float64: 1 } },
    }),
  branches: async (): Promise<api.BranchInfo[]> => [
    {
      name: 'main',
      remote: false,
      current: true,
      commit: point,
      upstream: { name: 'origin/main', ahead: 2, behind: 0, gone: false },
    },
    { name: 'cleanup', remote: false, current: false, commit: point, worktree: '/data/fix' },
    { name: 'origin/main', remote: true, current: false, commit: point },
    { name: 'empty', remote: false, current: false },
  ],
  createBranch: async () => ({ name: 'cleanup', commit: ID, short: ID.slice(0, 8) }),
  deleteBranches: async () => [gone],
  renameBranch: async () => ({ from: 'old', to: 'new' }),
  switch: async () => switched,
  restore: async () => ({ ...checkout, source: { name: 'HEAD', short: ID.slice(0, 8) } }),
  sparse: async () => ({ ...checkout, patterns: ['labels/**'], total: { files: 3, bytes: 70 } }),
  tags: async () => [tagInfo],
  createTag: async () => tagInfo,
  deleteTags: async () => [gone],
  mergeUnderWay: async () => false,
  merge: async (): Promise<api.MergeResult> => ({
    ...mergeResult,
    outcome: 'conflicts',
    conflicts: [conflict],
  }),
  resolveMerge: async () => ({ resolved: ['a.csv'], left: [conflict] }),
  abortMerge: async () => ({ commit: point, restored: 3 }),
  continueMerge: async () => mergeResult,
  revert: async () => mergeResult,
  undo: async () => ({ undone: operation, operation, branch: 'main', commit: point, restored: checkout }),
  operations: () => iterate(operation),
  operation: async () => operation,
  createSubset: async () => ({ ...subset, behind: false }),
  subsets: async () => [subset],
  subset: async () => ({ ...subset, changes: mergeResult.changes }),
  refreshSubset: async () => mergeResult,
  bisect: () =>
    iterate<api.BisectRecord>(
      { type: 'try', commit: OTHER, short: OTHER.slice(0, 10), subject: 'Add\u001b[31m cells' },
      { type: 'judged', commit: OTHER, short: OTHER.slice(0, 10), verdict: 'good' },
      { type: 'try', commit: ID, short: ID.slice(0, 10), subject: 'Fix', left: 1200 },
      { type: 'judged', commit: ID, short: ID.slice(0, 10), verdict: 'skip', left: 1200 },
      { type: 'found', commit: commitInfo(), tried: 12 },
      ...diffRecords,
    ),
  worktrees: async () => [worktree],
  addWorktree: async () => ({ ...worktree, checkout }),
  removeWorktree: async () => worktree,
  remotes: async () => [bucket, remote],
  addRemote: async () => remote,
  removeRemote: async () => remote,
  renameRemote: async () => remote,
  setRemoteUrl: async () => remote,
  checkRemote: async (): Promise<api.RemoteCheckResult> => ({
    ...{ remote: { name: 'origin', url: 's3://bucket/photos' }, writes: 'lease' },
    checks: [
      { check: 'conditional-create', ok: false, found: 'ignored' },
      { check: 'ranges', ok: true, found: 'served' },
    ],
  }),
  fetch: async () => [
    fetchResult,
    {
      ...{ remote: bucket, updates: [], received: { objects: 0, bytes: 0 } },
      failure: { code: 'DV_IO', message: 'The line dropped', hint: 'try again' },
    },
  ],
  pull: async () => ({ fetch: fetchResult, merge: mergeResult }),
  push: async () => pushResult,
  sync: async (): Promise<api.SyncResult> => ({
    ...{ remote, branch: 'main', outcome: 'synced' },
    attempts: [
      { outcome: 'lost', fetch: fetchResult, merge: mergeResult, push: pushResult },
      { outcome: 'synced', push: { ...pushResult, updates: [{ ...pushResult.updates[1]!, name: 'main' }] } },
    ],
  }),
  drop: async () => ({
    remote,
    dryRun: false,
    packs: 12,
    bytes: 500_000_000,
    kept: { packs: 1, bytes: 4096 },
  }),
  purge: async (options: api.PurgeOptions): Promise<api.PurgeResult> => ({
    ...{ dryRun: options.dryRun, time: NOW - HOUR, by: 'Ada <ada@example.org>', reason: options.reason },
    contents: [{ content: ID, bytes: 9000, paths: ['people/7.csv'], count: 1 }],
    ended: [
      {
        ...{ id: '0'.repeat(32), time: NOW - 2 * HOUR, by: 'Ada <ada@example.org>', reason: 'a leaked key' },
        ...{ files: 1, bytes: 100, paths: ['key'] },
      },
    ],
    stores: [
      {
        ...{ outcome: 'purged', packs: 2 },
        gone: { items: 3, bytes: 8000 },
        shared: { items: 1, bytes: 1000 },
      },
      { remote, outcome: 'unreached', failure: { code: 'DV_NETWORK', message: 'It cannot be reached' } },
    ],
  }),
  resumePurge: async (): Promise<api.PurgedStore[]> => [
    {
      ...{
        remote,
        outcome: 'purged',
        packs: 0,
        gone: { items: 0, bytes: 0 },
        shared: { items: 0, bytes: 0 },
      },
      keepsDeleted: true,
    },
  ],
  purges: async () => [
    {
      ...{ id: '0'.repeat(32), time: NOW - HOUR, by: 'Ada <ada@example.org>', reason: 'no consent' },
      ...{ files: 1, bytes: 9000, paths: ['people/7.csv'] },
    },
  ],
  gc: async (): Promise<api.GcResult> => ({
    dryRun: false,
    grace: HOUR,
    operations: 2,
    undoable: 3,
    deleted: { packs: 3, bytes: 90_000_000, moved: 20_000_000 },
    marked: { packs: 2, bytes: 5_000_000 },
    waiting: [{ packs: 1, bytes: 1_000_000, age: 20 * 60_000, left: 40 * 60_000 }],
  }),
  whyKept: async (): Promise<api.GcWhy> => ({
    id: 'beefbeef',
    kept: true,
    by: "ref 'refs/heads/main'",
    commit: { id: ID, short: ID.slice(0, 8) },
    behind: 2,
    path: 'big.bin',
  }),
  undoGc: async (): Promise<api.GcUndone> => ({ taken: [{ packs: 2, bytes: 5_000_000 }] }),
  fsck: async (): Promise<api.FsckResult> => ({
    deep: true,
    read: { total: 10_000_000, now: 5_000_000, ever: 8_000_000, since: NOW - 50 * HOUR },
    checked: { commits: 3, packs: 2, objects: 70, bytes: 5_000_000, absent: 0, purged: 0, seconds: 1.5 },
    problems: [
      {
        ...{ kind: 'damaged', object: 'chunk', name: ID, what: 'its bytes are not what its id says' },
        reaches: [{ commit: ID, short: ID.slice(0, 8), path: 'big.bin', refs: ['main', 'v1'] }],
      },
    ],
  }),
  repair: async (): Promise<api.RepairResult> => ({
    ...{ dryRun: false, found: 5, files: ['a.csv'] },
    records: [
      { name: 'dv.json', outcome: 'mended' },
      {
        name: 'refs/heads/main',
        outcome: 'replaced',
        what: "what operation 'x-1' set it to",
        aside: 'damaged/refs/heads/main@3',
      },
    ],
    index: { rebuilt: true, salvaged: 2, missing: 1 },
    aside: ['damaged/packs/00112233445566778899aabbccddeeff'],
    brought: [
      { objects: 3, bytes: 1000 },
      { remote: 'origin', objects: 40, bytes: 2_000_000 },
    ],
    unreachable: [{ remote: bucket, message: 'The host is not known' }],
    dangling: [
      { ref: 'side', commit: OTHER, offer: { commit: ID, short: ID.slice(0, 8), from: "operation 'x-2'" } },
    ],
    problems: [
      {
        ...{ kind: 'missing', object: 'commit', name: OTHER, what: 'It is not in the store' },
        reaches: [{ commit: OTHER, short: OTHER.slice(0, 8), refs: ['side'] }],
      },
    ],
  }),
  refNames: async () => ({
    branches: ['main', 'cleanup'],
    remoteBranches: ['origin/main'],
    tags: ['v1'],
    remotes: ['origin'],
  }),
}

/** One invocation for each thing dv prints about a repository. */
export const INVOCATIONS = [
  'status', 'commit -m x', 'log', 'log --oneline', 'log --graph --stat', 'show', 'show --stat', 'diff', 'diff --stat',
  'diff --name-status', 'meta set a plate=7', 'meta unset -k plate a', 'meta get a', 'meta import a.csv --path-column p', 'meta set --to origin@main -m x a plate=7', 'meta import --to main -m x -n a.csv --path-column p', 'ls', 'ls -l', 'get origin@main: out', "query 'FROM files'", "query 'FROM files' -o a.csv", 'du', 'branch', 'branch -v -a', 'branch x', 'branch -d x', 'branch -m x',
  'switch x', 'checkout x', 'checkout x -- y', 'checkout --sparse y', 'restore y', 'tag', 'tag v1', 'tag -d v1',
  'merge x', 'merge --abort', 'merge --continue', 'revert x', 'undo', 'op log', 'op show x', 'subset create x --where size>1', 'subset list', 'subset show', 'subset refresh', 'bisect run dv check', 'worktree list',
  'search cell', 'profile', 'init --checks', 'check', 'check -v a', 'export-manifest --parquet s3://lab/tables',
  'worktree add x', 'worktree remove x', 'remote', 'remote -v', 'remote add a b', 'remote remove a',
  'remote rename a b', 'remote set-url a b', 'remote check', 'fetch', 'pull', 'push', 'sync', 'drop --all', 'gc', 'gc why beefbeef', 'gc undo', 'purge --yes --reason x a', 'purge --reason x -n a', 'purge --resume', 'purge --list', 'fsck', 'repair', '__complete -- switch x',
] // prettier-ignore
