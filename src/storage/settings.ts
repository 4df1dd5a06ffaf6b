// What a remote's owner may set beside its address. None of it is a secret: those come from the environment.

/** Keys of `remote.NAME.KEY` in the configuration; values are text as it was typed. */
export const STORAGE_SETTINGS = [
  /** URL of a service that speaks S3 and is not Amazon's. */
  'endpoint',
  'region',
  /** Name of a profile in the AWS configuration files. */
  'profile',
  /** 'true': the bucket is part of the path, not of the host's name. */
  'path-style',
  /** Server-side encryption of what is written: 'AES256' or 'aws:kms'; and the key for the latter. */
  'encryption',
  'encryption-key',
  'storage-class',
  /** 'conditional': refuse a server without conditional writes; 'lease': take turns by lease objects there. */
  'writes',
] as const

export type StorageSettings = Partial<Record<(typeof STORAGE_SETTINGS)[number], string>>

/** The service that is meant, as typed; undefined: Amazon's. */
export function endpointNamed(
  { endpoint }: StorageSettings,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return endpoint || env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || undefined
}

/** A hint: what to type so that a store is reached with a setting. `remote`: the name it has as one, if it has one. */
export function howToSet(
  key: 'region' | 'profile' | 'writes',
  value: string,
  remote: string | undefined,
): string {
  if (remote) return `type: dv config remote.${remote}.${key} ${value}`
  if (key === 'writes') return `type: dv remote add NAME URL, then dv config remote.NAME.writes ${value}`
  return `set AWS_${key.toUpperCase()}=${value}; 'dv clone' and 'dv remote add' take --${key} ${value}`
}
