// The benchmark's layers: harness is the lowest; peers, raw and engines stand on it, report on harness and raw, and
// the commands on all of them.

const harness = '^bench/harness/';
const raw = '^bench/raw/';
const report = '^bench/report/';

/**
 * A folder that may know itself and some others of the benchmark, but no more of it.
 *
 * @param may regular expressions of their paths, as `from` is one.
 */
function knowsOnly(name, from, may, comment) {
  return {
    name: `bench-${name}`,
    comment,
    severity: 'error',
    from: { path: from },
    to: { path: '^bench/', pathNot: [from, ...may] },
  };
}

/** dependency-cruiser `forbidden` rules; the root's configuration takes them in and forbids circles. */
export default [
  knowsOnly('harness', harness, [], 'The harness drives any service: it knows no peer and no report.'),
  knowsOnly(
    'peers',
    '^bench/peers/',
    [harness],
    'A service under test knows neither the measurement nor the report.',
  ),
  knowsOnly('raw', raw, [harness], 'The engines in a loop know no service.'),
  knowsOnly('engines', '^bench/engines/', [harness], 'The adapters in a loop know no service.'),
  knowsOnly('report', report, [harness, raw], 'The report is made from results, whoever measured them.'),
  {
    name: 'bench-peers-are-strangers',
    comment: 'A peer knows no other peer; what they share lies beside their folders.',
    severity: 'error',
    from: { path: '^bench/peers/([^/]+)/' },
    to: { path: '^bench/peers/[^/]+/', pathNot: '^bench/peers/$1/' },
  },
  {
    name: 'bench-commands',
    comment: 'A command is run, not imported.',
    severity: 'error',
    from: {},
    to: {
      path: [
        '^bench/(main|scale|side-by-side|slides|soak|steady)\\.ts$',
        '^bench/[^/]+/main\\.ts$',
        '^bench/engines/',
      ],
    },
  },
  {
    name: 'bench-is-on-top',
    comment: 'Neither the scripts nor the workbench need the benchmark.',
    severity: 'error',
    from: { path: '^(scripts|workbench)/' },
    to: { path: '^bench/' },
  },
];
