// Who we are for a bucket: the environment, or what else the AWS tools look at (profiles, SSO, roles of the machine).
// Never stored, never logged.
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import type { NodeHttpHandlerOptions } from '@smithy/types'
import { DvError } from '../../base/index.js'
import { howToSet } from '../settings.js'
import type { S3Settings } from './settings.js'

type Environment = Readonly<Record<string, string | undefined>>

export interface CredentialOptions {
  settings: Pick<S3Settings, 'profile'>
  env: Environment
  readOnly: boolean
  /** Of the store, for messages. */
  location: string
  /** The store's name as a remote, for hints. */
  remote?: string | undefined
}

type Provider = ReturnType<typeof defaultProvider>

/** What signs requests; undefined: there are none, and requests that only read go unsigned, as to public buckets. */
export async function findCredentials(
  { settings: { profile }, env, readOnly, location, remote }: CredentialOptions,
  requestHandler: NodeHttpHandlerOptions,
): Promise<Provider | undefined> {
  if (profile === undefined) {
    const given = ofEnvironment(env)
    if (given !== undefined) return async () => given
  }
  // The SDK itself looks into process.env for what it was not given here, as AWS_EC2_METADATA_DISABLED.
  const provider = defaultProvider({
    // Services that give credentials are asked on the same ways as the bucket.
    clientConfig: { requestHandler },
    ...definedOf({
      profile,
      filepath: env['AWS_SHARED_CREDENTIALS_FILE'],
      configFilepath: env['AWS_CONFIG_FILE'],
    }),
  })
  try {
    await provider()
    return provider
  } catch (error) {
    // A profile that was named is meant.
    if (readOnly && profile === undefined && isNothingFound(error)) return undefined
    throw noCredentials(error, { location, profile, remote })
  }
}

function ofEnvironment(env: Environment) {
  const accessKeyId = env['AWS_ACCESS_KEY_ID']
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY']
  const sessionToken = env['AWS_SESSION_TOKEN']
  if (!accessKeyId || !secretAccessKey) return undefined
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}

/** No place had any, rather than one had some that do not do. */
function isNothingFound(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Could not load credentials from any providers')
}

/** Followed by how to name a profile. */
export const NAME_KEYS = 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for a profile, '

function noCredentials(
  cause: unknown,
  {
    location,
    profile,
    remote,
  }: { location: string; profile: string | undefined; remote: string | undefined },
): DvError {
  const reason = isNothingFound(cause) || !(cause instanceof Error) ? 'none were found' : cause.message
  return new DvError('DV_NO_CREDENTIALS', `There are no credentials for '${location}': ${reason}`, {
    data: { location, ...(profile !== undefined && { profile }) },
    hint:
      profile === undefined
        ? NAME_KEYS + howToSet('profile', 'PROFILE', remote)
        : `look at profile '${profile}' in ~/.aws/config; with SSO, type: aws sso login --profile ${profile}`,
    cause,
  })
}

/** Without the fields that are undefined: the SDK takes them for settings. */
function definedOf<T extends Record<string, string | undefined>>(fields: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value)) as {
    [K in keyof T]?: string
  }
}
