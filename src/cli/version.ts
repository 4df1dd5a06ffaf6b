import { readFileSync } from 'node:fs'

/** The version of this program, from its package.json. */
export function programVersion(): string {
  const file = new URL('../../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/** What it runs on. */
export function runtime(): { node: string; platform: string } {
  return { node: process.versions.node, platform: `${process.platform}-${process.arch}` }
}
