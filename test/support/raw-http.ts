import { connect, type Socket } from 'node:net';

/** One answer of a connection. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A connection on which a test writes what no HTTP client would. */
export function open(port: number): Socket {
  return connect(port, '127.0.0.1').on('error', () => {});
}

/** Sends bytes as they are and gives what comes back until the connection is closed, or until `quietMs` pass. */
export async function exchange(port: number, bytes: string | Buffer, quietMs = 2000): Promise<RawAnswer[]> {
  const socket = open(port);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(bytes);
  await new Promise((resolve) => {
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.once('close', resolve);
  });
  return parseAnswers(Buffer.concat(chunks).toString('latin1'));
}

/** Answers with a Content-Length, one after the other. */
function parseAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    const [start = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 2),
      ]),
    );
    const bodyEnd = end + 4 + Number(headers['content-length'] ?? 0);
    answers.push({ status: Number(start.split(' ')[1]), headers, body: rest.slice(end + 4, bodyEnd) });
    rest = rest.slice(bodyEnd);
  }
  return answers;
}
