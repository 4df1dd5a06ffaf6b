import type { Storage } from './port.js'

/** A storage that hands everything on to `storage`: what a decorator spreads, and then says what it does otherwise. */
export function forward(storage: Storage): Storage {
  return {
    properties: storage.properties,
    get: (name, range) => storage.get(name, range),
    getFile: (name, path) => storage.getFile(name, path),
    size: (name) => storage.size(name),
    put: (name, bytes) => storage.put(name, bytes),
    putFile: (name, path) => storage.putFile(name, path),
    list: (prefix) => storage.list(prefix),
    delete: (name) => storage.delete(name),
    read: (name) => storage.read(name),
    compareAndSwap: (name, expected, bytes) => storage.compareAndSwap(name, expected, bytes),
    listMutable: (prefix, options) => storage.listMutable(prefix, options),
    ...(storage.forget && { forget: (name) => storage.forget!(name) }),
    ...(storage.keepsDeleted && { keepsDeleted: () => storage.keepsDeleted!() }),
    ...(storage.mendValue && { mendValue: (name, guess) => storage.mendValue!(name, guess) }),
    temporaryPath: () => storage.temporaryPath(),
    close: () => storage.close(),
  }
}
