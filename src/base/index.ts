// base: what every room may use. Imports nothing of dv.
export * from './errors.js'
export * from './plain-error.js'
export * from './progress.js'
export * from './bytes.js'
export * from './paths.js'
export * from './nearest.js'
export * from './load.js'
export * from './random.js'
