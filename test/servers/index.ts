// Real servers for tests: started on loopback, each with a folder of its own, and gone with the process.
export { forEachServer, forServer } from './programs.js'
export { findProgram, type ServerKind, type ServerProgram } from './find-program.js'
export { clientOf, startServer, type RunningServer, type StartOptions } from './s3-server.js'
export { type LoggedRequest } from './access-log.js'
export { freePort, startChild, type Child } from './child.js'
