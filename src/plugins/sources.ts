import fp from 'fastify-plugin';
import { Gauge } from 'prom-client';
import { type SourceReport, Sources } from '../classify/sources.js';

declare module 'fastify' {
  interface FastifyInstance {
    sources: Sources;
  }
}

/** Watches the sources, and gives their distances from the models' references as metrics. */
export const sourcesPlugin = fp(
  async (app) => {
    const sources = new Sources();
    app.decorate('sources', sources);
    const registers = [app.metrics.registry];
    const gauge = (
      name: string,
      help: string,
      label: 'quantity' | 'class' | undefined,
      values: (report: SourceReport) => [string, number][],
    ) =>
      new Gauge<string>({
        name,
        help,
        labelNames: ['source', 'model', 'version', ...(label ? [label] : [])],
        registers,
        collect() {
          this.reset();
          for (const report of sources.reports()) {
            const { name: model, version } = report.model;
            for (const [value, figure] of values(report)) {
              this.set({ source: report.name, model, version, ...(label && { [label]: value }) }, figure);
            }
          }
        },
      });
    gauge(
      'hemoserve_source_shifted',
      "Whether a source's last crops are not as in the model's reference, 0 or 1",
      undefined,
      ({ state }) => [['', state === 'shifted' ? 1 : 0]],
    );
    gauge(
      'hemoserve_source_ks',
      "Kolmogorov-Smirnov distance of a source's last crops from the model's reference, by quantity",
      'quantity',
      ({ quantities }) => quantities.map(({ quantity, kolmogorovSmirnov }) => [quantity, kolmogorovSmirnov]),
    );
    gauge(
      'hemoserve_source_ks_limit',
      'What that distance does not reach while crops are as usual',
      'quantity',
      ({ quantities }) => quantities.map(({ quantity, limit }) => [quantity, limit]),
    );
    gauge(
      'hemoserve_source_psi',
      "Population stability index of a source's last crops against the model's reference; `class` is of the classes",
      'quantity',
      ({ quantities, classes }) => [
        ['class', classes.stabilityIndex],
        ...quantities.map(({ quantity, stabilityIndex }): [string, number] => [quantity, stabilityIndex]),
      ],
    );
    gauge(
      'hemoserve_source_class_share',
      "Shares of the predicted classes in a source's last crops",
      'class',
      ({ classes }) => Object.entries(classes.shares),
    );
  },
  { name: 'sources', dependencies: ['metrics'] },
);
