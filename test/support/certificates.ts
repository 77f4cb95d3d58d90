import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate authority of our own, made by openssl in a folder of its own. */
export class Certificates {
  readonly folder = mkdtempSync(join(tmpdir(), 'hemoserve-certificates-'));

  constructor() {
    this.#openssl(
      ...['req', '-x509', ...EC, '-keyout', 'ca.key', '-out', 'ca.pem'],
      ...['-days', '1', '-subj', '/CN=test CA'],
    );
  }

  get ca(): string {
    return join(this.folder, 'ca.pem');
  }

  /** A certificate for localhost and 127.0.0.1, under its own name. */
  issue(name: string): { certificate: string; key: string } {
    writeFileSync(join(this.folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
    this.#openssl('req', ...EC, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    this.#openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-out', `${name}.pem`, '-days', '1', '-extfile', 'names'],
    );
    return { certificate: join(this.folder, `${name}.pem`), key: join(this.folder, `${name}.key`) };
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true });
  }

  #openssl(...options: string[]): void {
    execFileSync('openssl', options, { cwd: this.folder, stdio: 'pipe' });
  }
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
