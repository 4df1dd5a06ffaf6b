import tseslint from 'typescript-eslint'

// Budgets: files aim at 150 lines and functions at 20; what is beyond these limits hides an idea that has no name yet.
export default tseslint.config(
  { ignores: ['build/**', 'build-*/**', 'src/chunker/assembly/**', 'node_modules/**'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 20],
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['env', 'argv', 'cwd', 'stdout', 'stderr', 'stdin', 'exit'].map((property) => ({
          object: 'process',
          property,
          message: 'only src/cli may touch the terminal and the environment',
        })),
      ],
    },
  },
  { files: ['bin/**'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  {
    files: ['test/**', '.ci/**', 'eslint.config.js'],
    rules: { 'max-lines-per-function': 'off', 'no-console': 'off', 'max-lines': 'off' },
  },
)
