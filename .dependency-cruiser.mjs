// The arrows of the house (docs/architecture.md): what may import what. Imports of types count.
//
//   app.module → api → {business-auth, im} → {keys, denylist, ledger, audit} → ports → common
//   app.module → stores → ports
//   business-auth → contracts ← im

/** Folder of src → the folders that it may import, besides itself. */
const ARROWS = {
  common: [],
  config: ['common'],
  contracts: ['common'],
  ports: ['common'],
  stores: ['ports', 'common', 'config'],
  notifiers: ['ports', 'common', 'config'],
  audit: ['keys', 'denylist', 'ledger', 'ports', 'common', 'config'],
  denylist: ['keys', 'ledger', 'audit', 'ports', 'common', 'config'],
  keys: ['denylist', 'ledger', 'audit', 'ports', 'common', 'config'],
  ledger: ['keys', 'denylist', 'audit', 'ports', 'common', 'config'],
  'business-auth': [
    'contracts',
    'keys',
    'denylist',
    'ledger',
    'audit',
    'ports',
    'common',
    'config',
  ],
  im: ['contracts', 'keys', 'denylist', 'ledger', 'audit', 'ports', 'common', 'config'],
  // Above both tiers: what passes from one to the other.
  exchange: ['business-auth', 'im', 'contracts', 'ports', 'common', 'config'],
  api: [
    'exchange',
    'business-auth',
    'im',
    'contracts',
    'keys',
    'denylist',
    'ledger',
    'audit',
    'ports',
    'common',
    'config',
  ],
  health: ['ledger', 'ports', 'common', 'config'],
  metrics: ['ports', 'common', 'config'],
  // The operator's commands stand beside app.module on the whole broker.
  cli: ['broker', 'business-auth', 'audit', 'im', 'keys', 'denylist', 'ports', 'common', 'config'],
};

const arrows = Object.entries(ARROWS).map(([folder, targets]) => ({
  name: `arrows-of-${folder}`,
  severity: 'error',
  comment: `src/${folder} may import ${['itself', ...targets].join(', ')}`,
  from: { path: `^src/${folder}/` },
  to: {
    path: '^(src|test|bench|scripts)/',
    pathNot: `^src/(${[folder, ...targets].join('|')})(/|\\.ts$)`,
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...arrows,
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'No file leads back to itself',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'known-folders',
      severity: 'error',
      comment: 'A folder of src without arrows of its own: add it to ARROWS',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${Object.keys(ARROWS).join('|')})/` },
      to: {},
    },
    {
      name: 'product-imports-product-only',
      severity: 'error',
      comment: 'src imports neither tests nor benchmarks',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'drivers-stay-in-stores',
      severity: 'error',
      comment: 'Only engines know a driver; everybody else speaks to a port',
      from: { path: '^src/', pathNot: '^src/stores/' },
      to: { path: '(^|/)(ioredis|pg|kysely|rate-limiter-flexible)(/|$)|^(node:)?sqlite$' },
    },
    {
      name: 'prometheus-stays-in-metrics',
      severity: 'error',
      comment: 'Everybody else speaks to the port',
      from: { path: '^src/', pathNot: '^src/metrics/' },
      to: { path: '(^|/)prom-client(/|$)' },
    },
    {
      name: 'no-development-dependencies',
      severity: 'error',
      comment: 'What runs in production needs what is installed there',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-optional'], pathNot: '^node_modules/@types/' },
    },
    {
      name: 'declared-dependencies',
      severity: 'error',
      comment: 'What is imported is in package.json, and is there',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'What is imported exists',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['^node_modules', '^dist'] },
    // Imports of types count: they are what couples.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
    skipAnalysisNotInRules: true,
  },
};
