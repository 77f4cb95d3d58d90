import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import '../../src/engines/onnxruntime/no-telemetry.js';

/** What goes wrong at the server. */
export type Fault =
  | 'slow'
  | 'status 500'
  | 'status 503'
  | 'model missing'
  | 'refuses batches'
  | 'wrong shape'
  | 'wrong data type'
  | 'output missing'
  | 'no numbers'
  | 'garbage'
  | 'cut off'
  | 'endless'
  | 'hangs up';

interface Request {
  inputs: { name: string; shape: number[]; parameters?: { binary_data_size: number }; data?: number[] }[];
  outputs: { name: string }[];
}

/** A server of the Open Inference Protocol v2 that runs a real network, and makes the faults that a test asks for. */
export class OipServer {
  fault: Fault | undefined;
  /** With each answer. */
  delayMs = 0;
  readonly connections = new Set<Socket>();
  /** Batches that it ran, by their crops. */
  readonly batches: number[] = [];
  mostAtOnce = 0;
  asBytes: boolean;
  metadata: object | undefined;
  #atOnce = 0;
  #server: Server | undefined;

  private constructor(
    public session: InferenceSession,
    readonly model: string,
    asBytes: boolean,
  ) {
    this.asBytes = asBytes;
  }

  static async start(network: Uint8Array | string, model = 'small', asBytes = true): Promise<OipServer> {
    const server = new OipServer(await OipServer.load(network), model, asBytes);
    await server.listen(0);
    return server;
  }

  static load(network: Uint8Array | string): Promise<InferenceSession> {
    const options = { executionProviders: ['cpu'], intraOpNumThreads: 1 };
    return InferenceSession.create(network as string, options);
  }

  async listen(port: number): Promise<void> {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
    });
    this.#server.on('connection', (socket) => this.connections.add(socket));
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    const address = this.#server?.address() as AddressInfo | undefined;
    return address?.port ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '' } = request;
    const path = `/v2/models/${this.model}`;
    if (this.fault === 'hangs up') {
      request.socket.destroy();
      return;
    }
    if (this.fault === 'status 503') json(response, 503, { error: 'unavailable' });
    else if (url === '/v2') {
      const extensions = this.asBytes ? ['binary_tensor_data'] : [];
      json(response, 200, { name: 'test', version: '1', extensions });
    } else if (!url.startsWith(path) || this.fault === 'model missing') {
      json(response, 400, { error: 'unknown model' });
    } else if (url === path) json(response, 200, this.metadata ?? { name: this.model, inputs: [] });
    else if (url.endsWith('/ready')) json(response, 200, { ready: true });
    else await this.#infer(request, response);
  }

  async #infer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    try {
      await this.#inferBody(request, response, body);
    } finally {
      this.#atOnce -= 1;
    }
  }

  async #inferBody(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const { fault } = this;
    const length = Number(request.headers['inference-header-content-length'] ?? body.length);
    const { inputs, outputs } = JSON.parse(body.subarray(0, length).toString()) as Request;
    const [input] = inputs;
    if (!input) throw new Error('no input');
    const pixels = input.data ? Uint8Array.from(input.data) : new Uint8Array(body.subarray(length));
    this.batches.push(input.shape[0] ?? 0);
    await new Promise((resolve) => setTimeout(resolve, fault === 'slow' ? 2_000 : this.delayMs));
    if (fault === 'status 500') return json(response, 500, { error: 'it is broken' });
    if (fault === 'refuses batches') return json(response, 400, { error: 'unexpected shape' });
    if (fault === 'garbage') return void response.writeHead(200).end('<html>');
    const results = await this.session.run({ [input.name]: new Tensor('uint8', pixels, input.shape) });
    const wanted = fault === 'output missing' ? outputs.slice(1) : outputs;
    const tensors = wanted.map(({ name }) => {
      const { dims, data } = results[name] as Tensor;
      const values = Float32Array.from(data as Float32Array);
      if (fault === 'no numbers') values.fill(Number.NaN);
      const shape = fault === 'wrong shape' ? [dims[0], Number(dims[1]) - 1] : dims;
      const count =
        fault === 'wrong shape' ? shape.reduce<number>((a, b) => a * Number(b), 1) : values.length;
      return {
        name,
        datatype: fault === 'wrong data type' ? 'INT32' : 'FP32',
        shape,
        values: values.slice(0, count),
      };
    });
    this.#send(response, tensors);
  }

  #send(
    response: ServerResponse,
    tensors: { name: string; datatype: string; shape: unknown; values: Float32Array }[],
  ): void {
    const { fault } = this;
    const outputs = tensors.map(({ values, ...tensor }) => ({
      ...tensor,
      ...(this.asBytes ? { parameters: { binary_data_size: values.byteLength } } : { data: [...values] }),
    }));
    const text = Buffer.from(JSON.stringify({ model_name: this.model, outputs }));
    const binary = tensors.map(({ values }) => Buffer.from(values.buffer));
    const body = this.asBytes ? Buffer.concat([text, ...binary]) : text;
    const headers = this.asBytes ? { 'inference-header-content-length': text.length } : {};
    if (fault === 'endless') {
      response.writeHead(200, headers).write(body);
      const more = setInterval(() => response.write(Buffer.alloc(1_000_000)), 1);
      response.once('close', () => clearInterval(more));
      return;
    }
    response.writeHead(200, { ...headers, 'content-length': body.length });
    if (fault === 'cut off') response.write(body.subarray(0, 20), () => response.destroy());
    else response.end(body);
  }
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
