// The programs of real servers: where they are.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export type ServerKind = 'versitygw' | 'minio'

export interface ServerProgram {
  kind: ServerKind
  path: string
}

/** Variables that name a program; else it is looked for in .servers/bin, which .ci/servers fills, and on PATH. */
export const VARIABLES: Record<ServerKind, string> = { versitygw: 'DV_VERSITYGW', minio: 'DV_MINIO' }

const BUILT = fileURLToPath(new URL('../../../.servers/bin', import.meta.url))

/** Undefined where it is missing. */
export function findProgram(kind: ServerKind): string | undefined {
  const named = process.env[VARIABLES[kind]]
  if (named) return named
  const folders = [BUILT, ...(process.env['PATH'] ?? '').split(path.delimiter)]
  return folders.map((folder) => path.join(folder, kind)).find((file) => fs.existsSync(file))
}
