import { parseArgs } from 'node:util';
import { MEASURING_HELP, MEASURING_OPTIONS, positive } from './harness/options.js';
import { CONTENDERS } from './peers/index.js';

export const HELP = `Benchmark of the service and its peers, on this machine, in turn.

    npm run bench:setup          once: the load generator and the peers
    npm run bench

  --peers A,B          only these: ${CONTENDERS.map(({ name }) => name).join(', ')}
  --clients 1,8,32,128 clients of the closed loads
  --seconds 8          of each load
${MEASURING_HELP}
  --help
`;

export interface Arguments {
  peers: string[];
  clients: number[];
  seconds: number;
  model: string | undefined;
  out: string;
  writeDocs: boolean;
}

/**
 * @param argv the arguments after the script's name.
 * @returns the arguments, or 'help' when they ask for it.
 * @throws when an option is wrong.
 */
export function parseArguments(argv: string[]): Arguments | 'help' {
  const { values } = parseArgs({
    args: argv,
    options: {
      ...MEASURING_OPTIONS,
      peers: { type: 'string' },
      clients: { type: 'string', default: '1,8,32,128' },
      seconds: { type: 'string', default: '8' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return 'help';
  const names = CONTENDERS.map(({ name }) => name);
  const peers = values.peers?.split(',') ?? names;
  const unknown = peers.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`--peers ${unknown}: expected some of ${names.join(', ')}`);
  return {
    peers,
    clients: values.clients.split(',').map((value) => positive('--clients', value)),
    seconds: positive('--seconds', values.seconds),
    model: values.model,
    out: values.out,
    writeDocs: values['write-docs'],
  };
}
