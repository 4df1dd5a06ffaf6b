// What keeps connections to servers open between requests, straight or through the proxies that the environment names.
import http from 'node:http'
import https from 'node:https'
import { type Environment, namesProxy } from './proxies.js'

/** For each protocol. */
export type Agents = Readonly<Record<'http:' | 'https:', http.Agent>>

export interface AgentsOptions extends http.AgentOptions {
  env: Environment
  /** How long the way to a proxy may take, milliseconds. */
  stallMs: number
}

export async function createAgents({ env, stallMs, ...wanted }: AgentsOptions): Promise<Agents> {
  const options = { ...wanted, keepAlive: true }
  const straight = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) }
  if (!namesProxy(env)) return straight
  const { ProxiedAgent } = await import('./proxied-agent.js')
  const agentOf = (protocol: keyof Agents) =>
    new ProxiedAgent({ protocol, straight: straight[protocol], env, stallMs, options })
  return { 'http:': agentOf('http:'), 'https:': agentOf('https:') }
}
