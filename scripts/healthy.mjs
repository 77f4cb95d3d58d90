/**
 * The images' health check, and the chart's probe with mutual TLS: asks the service of this container, with the
 * settings that it has itself. Ends with 1 unless the answer is 200.
 *
 *     node scripts/healthy.mjs [/readyz]
 */
import { readFileSync } from 'node:fs';
import { request as overHttp } from 'node:http';
import { request as overTls } from 'node:https';

const TIMEOUT_MS = 2_500;
const {
  HOST = '127.0.0.1',
  PORT = '3000',
  HEMOSERVE_TLS_CERTIFICATE: certificate,
  HEMOSERVE_TLS_KEY: key,
  HEMOSERVE_TLS_CA: ca,
} = process.env;

const end = (code, reason) => {
  console.log(reason);
  process.exit(code);
};

let secure = false;
const request = certificate ? overTls : overHttp;
request({
  host: { '0.0.0.0': '127.0.0.1', '::': '::1' }[HOST] ?? HOST,
  port: PORT,
  path: process.argv[2] ?? '/readyz',
  timeout: TIMEOUT_MS,
  // It asks itself, by an address that its certificate need not have.
  rejectUnauthorized: false,
  // With mutual TLS it must show a certificate of the authority, which its own one may be.
  ...(certificate && key && ca && { cert: readFileSync(certificate), key: readFileSync(key) }),
})
  .once('response', ({ statusCode }) => end(statusCode === 200 ? 0 : 1, statusCode))
  .once('timeout', () => end(1, 'no answer in time'))
  .once('socket', (socket) => {
    socket.once('secureConnect', () => {
      secure = true;
    });
  })
  .once('error', ({ message }) => {
    // It speaks TLS, but not to whom its authority does not know: nothing more can be found out from here.
    if (ca && secure) end(0, `alive: ${message}`);
    end(1, message);
  })
  .end();
