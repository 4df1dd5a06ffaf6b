// The options that say how a remote is reached; kept with it as `remote.NAME.KEY`.

export const remoteSettings = {
  endpoint: { type: 'string', value: 'URL', describe: 'a service that speaks S3 and is not Amazon' },
  region: { type: 'string', value: 'NAME', describe: 'its region' },
  profile: { type: 'string', value: 'NAME', describe: 'profile of the AWS configuration files' },
  'path-style': { type: 'flag', describe: 'the bucket is part of the path, not of the host' },
  encryption: { type: 'string', value: 'KIND', describe: "of what is stored: 'AES256' or 'aws:kms'" },
  'encryption-key': { type: 'string', value: 'ID', describe: 'the key for aws:kms' },
  'storage-class': { type: 'string', value: 'CLASS', describe: 'of what is stored, as STANDARD_IA' },
  writes: { type: 'string', value: 'HOW', describe: "'conditional' or 'lease': see dv remote check" },
} as const

type Given = { [K in keyof typeof remoteSettings]?: string | boolean | undefined }

/** Those that were given; none when none was. */
export function settingsOf(options: Given): { settings?: Record<string, string> } {
  const all = Object.keys(remoteSettings).map((key) => [key, options[key as keyof Given]] as const)
  const set = all.flatMap(([key, value]) => (value ? [[key, String(value)]] : []))
  return set.length > 0 ? { settings: Object.fromEntries(set) as Record<string, string> } : {}
}
