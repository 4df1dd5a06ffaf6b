// --no-checks, of the verbs that a gate of the rules of checks can stop.

export const NO_CHECKS = { type: 'flag', describe: "pass over the gate of 'dv.checks.yaml'" } as const

export function passedOver(options: { 'no-checks': boolean }): { checks?: false } {
  return options['no-checks'] ? { checks: false } : {}
}
