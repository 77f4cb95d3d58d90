import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/settings/load.js';

/** What kubelet gives every container of the namespace for a Service with the ports `http` and `lis`. */
const variablesOf = (service: string) => ({
  [`${service}_SERVICE_HOST`]: '10.0.0.1',
  [`${service}_SERVICE_PORT`]: '3000',
  [`${service}_SERVICE_PORT_HTTP`]: '3000',
  [`${service}_SERVICE_PORT_LIS_TCP`]: '2575',
  [`${service}_PORT`]: 'tcp://10.0.0.1:3000',
  [`${service}_PORT_3000_TCP`]: 'tcp://10.0.0.1:3000',
  [`${service}_PORT_3000_TCP_PROTO`]: 'tcp',
  [`${service}_PORT_3000_TCP_PORT`]: '3000',
  [`${service}_PORT_3000_TCP_ADDR`]: '10.0.0.1',
  [`${service}_PORT_2575_UDP`]: 'udp://[fd00::1]:2575',
  [`${service}_PORT_2575_UDP_PROTO`]: 'udp',
  [`${service}_PORT_2575_UDP_PORT`]: '2575',
  [`${service}_PORT_2575_UDP_ADDR`]: 'fd00::1',
});

describe("the variables of Kubernetes' Services", () => {
  it.each(['HEMOSERVE', 'HEMOSERVE_ADMIN', 'HEMOSERVE_MODELS'])(
    'of a Service %s are no settings',
    (service) => {
      expect(loadSettings({ ...variablesOf(service), HEMOSERVE_VIEWS: '4' })).toEqual({
        ...loadSettings({}),
        views: 4,
      });
    },
  );

  it.each([
    ['HEMOSERVE_PORT', '3000'],
    ['HEMOSERVE_PORT', ':3000'],
    ['HEMOSERVE_HOST', '0.0.0.0'],
    ['HEMOSERVE_MODEL', 'tcp://10.0.0.1:3000'],
    ['HEMOSERVE_PORT_3000', '3000'],
    ['HEMOSERVE_SERVICE', 'hemoserve'],
  ])('are told from a typing error: %s=%s', (name, value) => {
    const environment = { ...variablesOf('HEMOSERVE'), [name]: value };
    expect(() => loadSettings(environment)).toThrow(`${name}: no such setting`);
  });
});
