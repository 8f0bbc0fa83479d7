// Rules of this house for oxlint, which runs ESLint's plugins: time, chance and the environment
// reach the code by injection only.

const AMBIENT = new Map([
  ['Date', new Set(['now'])],
  ['Math', new Set(['random'])],
  ['performance', new Set(['now', 'timeOrigin'])],
]);

/** The name of a global object, be it written as `Date` or `globalThis.Date`. */
function globalName(node) {
  if (node.type === 'Identifier') return node.name;
  const isGlobal =
    node.type === 'MemberExpression' &&
    node.object.type === 'Identifier' &&
    (node.object.name === 'globalThis' || node.object.name === 'global');
  return isGlobal ? propertyName(node) : undefined;
}

/** The name of a property, be it written as `.now` or `['now']`. */
function propertyName(node) {
  if (!node.computed) return node.property.name;
  return node.property.type === 'Literal' ? String(node.property.value) : undefined;
}

const ambientTimeAndChance = {
  meta: {
    type: 'problem',
    docs: { description: 'Time and randomness are injected: use Clock and Entropy of src/common.' },
  },
  create(context) {
    const report = (node, what) =>
      context.report({ node, message: `${what} is for src/common only: inject Clock or Entropy` });
    return {
      MemberExpression(node) {
        const owner = globalName(node.object);
        if (AMBIENT.get(owner)?.has(propertyName(node))) {
          report(node, `${owner}.${propertyName(node)}`);
        }
      },
      NewExpression(node) {
        if (globalName(node.callee) === 'Date' && node.arguments.length === 0) {
          report(node, 'new Date()');
        }
      },
      CallExpression(node) {
        if (globalName(node.callee) === 'Date') report(node, 'Date()');
      },
      VariableDeclarator(node) {
        const owner = node.init ? globalName(node.init) : undefined;
        if (node.id.type !== 'ObjectPattern' || !AMBIENT.has(owner)) return;
        for (const property of node.id.properties) {
          if (AMBIENT.get(owner).has(property.key?.name))
            report(property, `${owner}.${property.key.name}`);
        }
      },
    };
  },
};

const processEnv = {
  meta: {
    type: 'problem',
    docs: { description: 'The environment is read by src/config/load-config.ts only.' },
  },
  create(context) {
    const report = (node) =>
      context.report({
        node,
        message: 'process.env is for src/config/load-config.ts only: inject CONFIG',
      });
    return {
      MemberExpression(node) {
        if (globalName(node.object) === 'process' && propertyName(node) === 'env') report(node);
      },
      ImportDeclaration(node) {
        if (node.source.value !== 'process' && node.source.value !== 'node:process') return;
        for (const specifier of node.specifiers) {
          if (specifier.imported?.name === 'env') report(specifier);
        }
      },
      VariableDeclarator(node) {
        if (node.id.type !== 'ObjectPattern' || !node.init || globalName(node.init) !== 'process')
          return;
        if (node.id.properties.some((property) => property.key?.name === 'env')) report(node);
      },
    };
  },
};

export default {
  meta: { name: 'house' },
  rules: {
    'ambient-time-and-chance': ambientTimeAndChance,
    'process-env': processEnv,
  },
};
