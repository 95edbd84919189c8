/**
 * instrument - an esbuild plugin that puts a counter into each branch of our code, for fuzz/coverage.
 *
 * One call at the start of every function, branch, loop and case, and in what `?:`, `&&`, `||` and `??` choose.
 */
import { readFile } from 'node:fs/promises';
import ts from 'typescript';

const maxPlaces = 1 << 17;

/** Goes in front of the bundle. */
export const preamble = `
const __seen = new Uint8Array(${maxPlaces});
let __reached = 0;
function __at(place) { if (__seen[place] === 0) { __seen[place] = 1; __reached += 1; } }
globalThis.hikyakuCoverage = { get reached() { return __reached; }, reset() { __seen.fill(0); __reached = 0; } };
`;

export function instrument(filter) {
  let places = 0;
  return {
    name: 'instrument',
    setup(build) {
      build.onLoad({ filter }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        const { outputText } = ts.transpileModule(text, {
          fileName: path,
          compilerOptions: {
            target: ts.ScriptTarget.ES2022,
            module: ts.ModuleKind.ESNext,
            inlineSourceMap: true,
            inlineSources: true,
          },
          transformers: { before: [transformer(() => places++ % maxPlaces)] },
        });
        return { contents: outputText, loader: 'js' };
      });
    },
  };
}

function transformer(nextPlace) {
  return (context) => {
    const { factory } = context;
    const call = () =>
      factory.createCallExpression(factory.createIdentifier('__at'), undefined, [
        factory.createNumericLiteral(nextPlace()),
      ]);
    const statement = () => factory.createExpressionStatement(call());
    const chosen = (expression) =>
      factory.createParenthesizedExpression(factory.createComma(call(), expression));
    const block = (node) =>
      ts.isBlock(node) ? node : factory.createBlock([statement(), node], true);
    const logical = new Set([
      ts.SyntaxKind.AmpersandAmpersandToken,
      ts.SyntaxKind.BarBarToken,
      ts.SyntaxKind.QuestionQuestionToken,
    ]);
    const visit = (given) => {
      if (ts.isTypeNode(given) || ts.isInterfaceDeclaration(given)) return given;
      const node = ts.visitEachChild(given, visit, context);
      if (ts.isBlock(node)) return factory.updateBlock(node, [statement(), ...node.statements]);
      if (ts.isIfStatement(node))
        return factory.updateIfStatement(
          node,
          node.expression,
          block(node.thenStatement),
          node.elseStatement && block(node.elseStatement),
        );
      if (ts.isCaseClause(node))
        return factory.updateCaseClause(node, node.expression, [statement(), ...node.statements]);
      if (ts.isDefaultClause(node))
        return factory.updateDefaultClause(node, [statement(), ...node.statements]);
      if (ts.isArrowFunction(node) && !ts.isBlock(node.body))
        return factory.updateArrowFunction(
          node,
          node.modifiers,
          node.typeParameters,
          node.parameters,
          node.type,
          node.equalsGreaterThanToken,
          chosen(node.body),
        );
      if (ts.isConditionalExpression(node))
        return factory.updateConditionalExpression(
          node,
          node.condition,
          node.questionToken,
          chosen(node.whenTrue),
          node.colonToken,
          chosen(node.whenFalse),
        );
      if (ts.isBinaryExpression(node) && logical.has(node.operatorToken.kind))
        return factory.updateBinaryExpression(
          node,
          node.left,
          node.operatorToken,
          chosen(node.right),
        );
      return node;
    };
    return (file) => ts.visitNode(file, visit);
  };
}
