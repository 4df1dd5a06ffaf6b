// server: a store over HTTP, read-only: GET /REV/PATH. Knows HTTP and what the api publishes; nothing of how it is stored,
// and nothing of the terminal. Rules: spec/15-serve.md
export { startServer, type ServedSums, type Server, type ServerOptions } from './server.js'
export { isLoopback } from './guard.js'
