// The two places a configuration is kept: the local store, and one file per user.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, randomHex, systemCode } from '../base/index.js'
import type { Storage } from '../storage/index.js'
import { type Config, decodeConfig, EMPTY_CONFIG, encodeConfig } from './config.js'

export const CONFIG_NAME = 'config'
const ATTEMPTS = 50

/** The configuration of a store; empty when none was set. */
export async function readStoreConfig(storage: Storage): Promise<Config> {
  const found = await storage.read(CONFIG_NAME)
  return found === undefined
    ? EMPTY_CONFIG
    : decodeConfig(found.bytes, `the configuration of ${storage.properties.location}`)
}

/** Changes the configuration of a store: `change` gets the present one, again if another process changed it. */
export async function updateStoreConfig(
  storage: Storage,
  change: (config: Config) => Config,
): Promise<Config> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await storage.read(CONFIG_NAME)
    const now = found === undefined ? EMPTY_CONFIG : decodeConfig(found.bytes, storage.properties.location)
    const next = change(now)
    if ((await storage.compareAndSwap(CONFIG_NAME, found?.version, encodeConfig(next))) !== undefined)
      return next
  }
  throw new DvError('DV_LOCKED', 'The configuration is being changed by other processes all the time')
}

/** The configuration of the user; empty when the file is not there. */
export function readGlobalConfig(file: string): Config {
  try {
    return decodeConfig(fs.readFileSync(file), file)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return EMPTY_CONFIG
    throw fromSystemError(error, 'read', file)
  }
}

/** Changes the configuration of the user. Of two processes that do so at once the last one wins. */
export function updateGlobalConfig(file: string, change: (config: Config) => Config): Config {
  const next = change(readGlobalConfig(file))
  // A user may keep the file elsewhere behind a link: the link stays.
  const target = fs.existsSync(file) ? fs.realpathSync(file) : file
  const temporary = `${target}.${randomHex(16)}.tmp`
  try {
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.writeFileSync(temporary, encodeConfig(next), { flag: 'wx', mode: 0o600, flush: true })
    fs.renameSync(temporary, target)
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    throw fromSystemError(error, 'write', file)
  }
  return next
}
