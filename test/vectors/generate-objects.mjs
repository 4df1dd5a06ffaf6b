// Writes spec/vectors/{objects,manifest,recipe}.json from a build: node test/vectors/generate-objects.mjs [BUILD]
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const build = path.resolve(process.argv[2] ?? 'build')
const load = (file) => import(pathToFileURL(path.join(build, file)).href)
const { makeVectors } = await load('test/manifest/vector-cases.js')
for (const [name, content] of Object.entries(await makeVectors())) {
  fs.writeFileSync(`spec/vectors/${name}.json`, `${JSON.stringify(content, undefined, 1)}\n`)
}
