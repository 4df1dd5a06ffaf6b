// cli: arguments, help, completion and everything printed. Knows the api and the terminal; must not know the rooms
// below the api. The only room that touches `process`. Spec: spec/errors.md (failures), spec/12-json.md (--json).
export { main, run } from './main.js'
export type { Io, Output } from './io.js'
