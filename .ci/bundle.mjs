// Bundles the compiled program for a quick start (spec/decisions/0010): one script for bin/dv and one for each kind of its
// threads, what they read beside them, and the compiled form that bin/start.js runs.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** What takes the place of import.meta, made when it is asked for. */
const BANNER = `const bundle = { get url() { return require('node:url').pathToFileURL(__filename).href } };`

/** Makes `build/bundle/dv` of what tsc made in `compiled`. It is as deep as the files of a room, so that
 * '../../../package.json' is the same file for both. */
export async function bundle(compiled) {
  const outdir = path.join(compiled, 'bundle/dv')
  const sources = readSources(path.join(compiled, 'src'))
  const beside = sources.flatMap(filesBeside)
  fs.rmSync(outdir, { recursive: true, force: true })
  fs.mkdirSync(outdir, { recursive: true })
  fs.writeFileSync(path.join(outdir, 'package.json'), '{ "type": "commonjs" }\n')
  const isScript = (file) => file.endsWith('.js')
  const entries = [path.join(compiled, 'src/cli/main.js'), ...beside.filter(isScript)]
  for (const { path: file, text } of await scripts(entries, { outdir, sources })) writeHashed(file, text)
  for (const file of beside.filter((one) => !isScript(one))) {
    fs.copyFileSync(file, path.join(outdir, path.basename(file)))
  }
  // Without the compiled form all works, only slower.
  const warm = fileURLToPath(new URL('warm.mjs', import.meta.url))
  const { status, stderr } = spawnSync(process.execPath, [warm, path.join(outdir, 'main.js')])
  if (status !== 0) process.stderr.write(stderr)
}

function readSources(folder) {
  return fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.js'))
    .map((name) => path.join(folder, name))
    .map((file) => ({ file, text: fs.readFileSync(file, 'utf8') }))
}

/** Scripts of threads and other files that a source opens by their place beside it. */
function filesBeside({ file, text }) {
  const names = [...text.matchAll(/new URL\('(?:\.\/)?([\w.-]+)', import\.meta\.url\)/g)]
  return names.map(([, name]) => path.join(path.dirname(file), name))
}

async function scripts(entryPoints, { outdir, sources }) {
  const { outputFiles } = await build({
    entryPoints,
    entryNames: '[name]',
    outdir,
    write: false,
    bundle: true,
    // CommonJS starts sooner than modules, and only of scripts can the compiled form be kept.
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    plugins: [builtins(sources)],
    legalComments: 'none',
    banner: { js: BANNER },
    define: { 'import.meta.url': 'bundle.url' },
    logLevel: 'warning',
  })
  return outputFiles
}

/** One import of each part of Node for all files: else esbuild copies its names once more for every file, 3 ms for all. */
function builtins(sources) {
  const imported = namesImported(sources)
  return {
    name: 'builtins',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
        namespace === 'builtin' ? { path, external: true } : { path, namespace: 'builtin' },
      )
      onLoad({ filter: /./, namespace: 'builtin' }, ({ path: builtin }) => {
        // The script has a `require` already.
        if (builtin === 'node:module') return { contents: 'export const createRequire = () => require' }
        const names = [...(imported.get(builtin) ?? [])].join(', ')
        return {
          contents: `const all = require('${builtin}')\nexport default all\nexport const { ${names} } = all`,
        }
      })
    },
  }
}

/** What the sources import by name, for each part of Node. */
function namesImported(sources) {
  const imported = new Map()
  for (const { text } of sources) {
    for (const [, names, builtin] of text.matchAll(/^import (?:\w+, )?\{([^}]*)\} from '(node:[\w/]+)'/gm)) {
      const known = imported.get(builtin) ?? new Set()
      for (const name of names.split(',')) known.add(name.trim().split(' as ')[0])
      imported.set(builtin, known)
    }
  }
  return imported
}

/** The first line tells bin/start.js which compiled form belongs to this text. */
function writeHashed(file, text) {
  if (/[^\x00-\x7f]/.test(text)) throw new Error(`'${file}' is not ASCII, as bin/start.js reads it`)
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16)
  fs.writeFileSync(file, `// ${hash}\n${text}`)
}
