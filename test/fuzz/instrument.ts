// The compiled program with a counter at every place where it may go one way or another, so that a fuzzer sees which
// ways an input took. Done with the TypeScript compiler, which is here anyway (spec/decisions/0027).
import fs from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { COUNTERS } from './worker-order.js'

const LOCAL = '$ways'
/** Rooms in which nothing is parsed that comes from outside. */
const PLAIN = ['cli']

/** Copies `from`/src with counters, and the fuzzer as it is, to `to`. Returns how many counters there are. */
export function instrumentBuild(from: string, to: string): number {
  fs.rmSync(to, { recursive: true, force: true })
  let counters = 0
  for (const file of filesBelow(path.join(from, 'src'))) {
    const target = path.join(to, path.relative(from, file))
    fs.mkdirSync(path.dirname(target), { recursive: true })
    const room = path.relative(path.join(from, 'src'), file).split(path.sep)[0]!
    if (!file.endsWith('.js') || PLAIN.includes(room)) {
      if (!/\.(map|d\.ts)$/.test(file)) fs.copyFileSync(file, target)
      continue
    }
    const made = instrument(fs.readFileSync(file, 'utf8'), counters)
    fs.writeFileSync(target, made.text)
    counters = made.next
  }
  for (const folder of ['test/fuzz', 'test/helpers'])
    fs.cpSync(path.join(from, folder), path.join(to, folder), { recursive: true })
  return counters
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(full)
    else yield full
  }
}

/** One module; its counters are numbered from `first`, and `next` is behind the last. */
export function instrument(text: string, first: number): { text: string; next: number } {
  const file = ts.createSourceFile('module.js', text, ts.ScriptTarget.ESNext, false, ts.ScriptKind.JS)
  let next = first
  const { transformed } = ts.transform(file, [
    (context) => (root) =>
      ts.visitNode(root, (node) => visit(node, { context, count: () => next++ })) as never,
  ])
  const body = ts.createPrinter().printFile(transformed[0] as ts.SourceFile)
  return { text: `const ${LOCAL} = globalThis.${COUNTERS};\n${body}`, next }
}

const { factory } = ts

interface Visit {
  context: ts.TransformationContext
  count: () => number
}

function visit(node: ts.Node, how: Visit): ts.Node {
  const seen = ts.visitEachChild(node, (child) => visit(child, how), how.context)
  const count = () => counted(how.count())
  if (ts.isIfStatement(seen)) {
    const otherwise = seen.elseStatement ?? factory.createBlock([])
    return factory.updateIfStatement(
      seen,
      seen.expression,
      withCount(seen.thenStatement, count()),
      withCount(otherwise, count()),
    )
  }
  if (ts.isBlock(seen) && beginsWay(node)) return withCount(seen, count())
  if (ts.isCaseClause(seen))
    return factory.updateCaseClause(seen, seen.expression, [statement(count()), ...seen.statements])
  if (ts.isDefaultClause(seen))
    return factory.updateDefaultClause(seen, [statement(count()), ...seen.statements])
  if (ts.isConditionalExpression(seen)) {
    const { condition, questionToken, whenTrue, colonToken, whenFalse } = seen
    return factory.updateConditionalExpression(
      seen,
      condition,
      questionToken,
      after(count(), whenTrue),
      colonToken,
      after(count(), whenFalse),
    )
  }
  if (ts.isBinaryExpression(seen) && isChoice(seen.operatorToken.kind))
    return factory.updateBinaryExpression(seen, seen.left, seen.operatorToken, after(count(), seen.right))
  return seen
}

/** Bodies of functions, loops and catch clauses; those of `if` are seen to with it. `node` is the untouched one, whose
 * braces are all that is looked at: a block that stands alone costs a counter and does no harm. */
function beginsWay(node: ts.Node): boolean {
  return ts.isBlock(node)
}

function isChoice(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  )
}

function counted(number: number): ts.Expression {
  return factory.createPostfixIncrement(
    factory.createElementAccessExpression(factory.createIdentifier(LOCAL), number),
  )
}

function statement(expression: ts.Expression): ts.Statement {
  return factory.createExpressionStatement(expression)
}

function withCount(way: ts.Statement, count: ts.Expression): ts.Block {
  const statements = ts.isBlock(way) ? way.statements : [way]
  return factory.createBlock([statement(count), ...statements], true)
}

function after(count: ts.Expression, value: ts.Expression): ts.Expression {
  return factory.createParenthesizedExpression(
    factory.createComma(count, factory.createParenthesizedExpression(value)),
  )
}
