import { parseArgs } from 'node:util';
import { CONTENDERS } from './peers/index.js';

export const HELP = `Benchmark of the service and its peers, on this machine, in turn.

    npm run bench:setup          once: the load generator and the peers
    npm run bench

  --peers A,B          only these: ${CONTENDERS.map(({ name }) => name).join(', ')}
  --clients 1,8,32,128 clients of the closed loads
  --seconds 8          of each load
  --model NAME@VERSION model to serve; the registry's default without it
  --out bench/results  folder for results.json, results.md and the plots
  --write-docs         write the tables into docs/performance.md too
  --soak               100,000 crops through our service alone: is its memory flat?
  --help
`;

export interface Arguments {
  peers: string[];
  clients: number[];
  seconds: number;
  model: string | undefined;
  out: string;
  writeDocs: boolean;
  soak: boolean;
}

/**
 * @param argv the arguments after the script's name.
 * @returns the arguments, or 'help' when they ask for it.
 * @throws when an option is wrong.
 */
export function parseArguments(argv: string[]): Arguments | 'help' {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: argv,
    options: {
      peers: text,
      clients: { ...text, default: '1,8,32,128' },
      seconds: { ...text, default: '8' },
      model: text,
      out: { ...text, default: 'bench/results' },
      'write-docs': flag,
      soak: flag,
      help: { ...flag, short: 'h' },
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
    writeDocs: values['write-docs'] ?? false,
    soak: values.soak ?? false,
  };
}

function positive(option: string, value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new Error(`${option} ${value}: expected a positive integer`);
  return Number(value);
}
