import bench from './bench/layers.mjs';

/**
 * Who may import whom in src/, the lowest last: a folder imports from those below it and never from those above
 * (`npm run lint:layers`). One line here is one storey of the house.
 */
const LAYERS = [
  ['src/((main|serve|keys|priority)\\.ts|evaluate/)'],
  ['src/app\\.ts'],
  ['src/api\\.ts'],
  ['src/routes/'],
  ['src/plugins/'],
  ['src/lis/'],
  ['src/(audit|auth)/'],
  ['src/store/'],
  ['src/models/'],
  ['src/classify/'],
  ['src/queues/'],
  ['src/engines/choose/'],
  ['src/engines/(onnxruntime|openvino|tensorflow|remote)/'],
  ['src/engines/[^/]+\\.ts'],
  ['src/images/'],
  ['src/telemetry/'],
  ['src/registry/'],
  ['src/objects/'],
  ['src/settings/'],
  ['src/oip/'],
  ['src/errors/'],
  ['src/(trust|slides|statistics)/'],
  ['src/vocabulary/'],
].map(([path]) => `^${path}`);

const upwards = LAYERS.slice(1).map((path, index) => ({
  name: `no-upward-import: ${path}`,
  severity: 'error',
  from: { path },
  to: { path: LAYERS.slice(0, index + 1) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...upwards,
    ...bench,
    {
      name: 'no-storey',
      comment: 'Each folder of src/ has its line in LAYERS.',
      severity: 'error',
      from: { path: '^src/', pathNot: LAYERS },
      to: {},
    },
    {
      name: 'no-circle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'engines-apart',
      comment: 'An adapter knows no other one; src/engines/choose knows them all.',
      severity: 'error',
      from: { path: '^src/engines/([^/]+)/', pathNot: '^src/engines/choose/' },
      to: { path: '^src/engines/[^/]+/', pathNot: '^src/engines/$1/' },
    },
    {
      name: 'pure',
      comment: 'Arrays and objects in and out: these know neither the HTTP server nor where things are kept.',
      severity: 'error',
      from: { path: '^src/(trust|slides|statistics|vocabulary)/' },
      to: { path: ['^src/store/', '(^|/)@?fastify(/|-|$)'] },
    },
    {
      name: 'lis-without-routes',
      comment: 'What is sent to a laboratory system comes from slides, not from an HTTP request.',
      severity: 'error',
      from: { path: '^src/lis/' },
      to: { path: '^src/(app\\.ts|main\\.ts|routes|plugins)' },
    },
    {
      name: 'src-alone',
      comment: 'The service needs nothing of what tests, measures or generates.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules|coverage)/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.cjs'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
