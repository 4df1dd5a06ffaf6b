// Runs a script of the bundle (.ci/bundle.mjs) from its compiled form, which takes a third of the time. The build makes
// that form for its own Node; for another Node the first command does, where it may write beside the bundle.
// Why nothing wrong can run: spec/decisions/0010.
const fs = require('node:fs')
const vm = require('node:vm')

const HASH_DIGITS = 16

/** What the script exports, and how to keep its compiled form with all functions that have run until then. */
exports.start = function start(file) {
  // The bundle is ASCII, and Latin-1 is what V8 holds without converting.
  const source = fs.readFileSync(file, 'latin1')
  const kept = compiledFile(file, source)
  const cachedData = tryRead(kept)
  const script = new vm.Script(`(function(exports,require,module,__filename){${source}\n})`, {
    filename: file,
    cachedData,
  })
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module, file)
  return {
    program: module.exports,
    fromCompiled: cachedData !== undefined && !script.cachedDataRejected,
    keepCompiled: cachedData === undefined ? keeper(kept, script) : () => {},
  }
}

function keeper(file, script) {
  const v8 = require('node:v8')
  const before = v8.cachedDataVersionTag()
  return () => {
    // Under flags that were set since, the next process would refuse it.
    if (v8.cachedDataVersionTag() === before) tryWrite(file, () => script.createCachedData())
  }
}

/** V8 looks whether version, flags and length agree. That the text is the same, the hash in its first line tells. */
function compiledFile(file, source) {
  const hash = source.slice('// '.length, '// '.length + HASH_DIGITS)
  return `${file.slice(0, -'.js'.length)}-${hash}-${process.version}-${process.platform}-${process.arch}.compiled`
}

function tryRead(file) {
  try {
    return fs.readFileSync(file)
  } catch {
    return undefined
  }
}

/** Whole or not at all, also when two processes do it at once or the power fails. */
function tryWrite(file, make) {
  const temporary = `${file}.${process.pid}-${Math.random().toString(36).slice(2)}`
  try {
    fs.writeFileSync(temporary, '', { flag: 'wx' })
    fs.writeFileSync(temporary, make(), { flush: true })
    fs.renameSync(temporary, file)
  } catch {
    // Here it may not be written, and dv starts from the text.
    fs.rmSync(temporary, { force: true })
  }
}
