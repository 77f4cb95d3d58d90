import { Sender } from '../../src/lis/sender.js';
import { mllpTransport } from '../../src/lis/transports/mllp.js';
import { openStore } from '../../src/store/open.js';

/** A process that sends the messages of a store to a port until it is killed: `sender-process.ts DATABASE DESTINATION PORT`. */
const [database = '', destination = '', port] = process.argv.slice(2);
const log = { error: (error: unknown) => console.error(error) };
const store = await openStore(database, log);
const sender = new Sender({
  destination,
  transport: mllpTransport({
    host: '127.0.0.1',
    port: Number(port),
    connectTimeoutMs: 1000,
    answerTimeoutMs: 500,
    maxAnswerBytes: 10_000,
  }),
  attemptMs: 500,
  claimSpareMs: 500,
  policy: { firstWaitMs: 10, maxWaitMs: 100, giveUpAfterMs: 60_000 },
  store: async () => store,
  onAttempt: ({ message, outcome }) => console.log(message.controlId, outcome.kind),
  onFault: log.error,
});
sender.start();
