/** Where the rules of checks stand in a tree (spec/25-checks.md): known without loading what reads them. */
export const RULES_PATH = 'dv.checks.yaml'
