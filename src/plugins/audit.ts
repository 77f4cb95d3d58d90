import fp from 'fastify-plugin';
import { Counter } from 'prom-client';
import { AuditLog } from '../audit/audit-log.js';
import type { Settings } from '../settings/schema.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Undefined where nothing is written down. */
    audit: AuditLog | undefined;
  }
}

/** The audit of HEMOSERVE_AUDIT_DIR. Where it cannot be written, the log and a metric say so, and answers go on. */
export const auditPlugin = fp<{ settings: Settings }>(
  async (app, { settings: { auditDir: folder, auditRetentionDays: retentionDays } }) => {
    const records = new Counter({
      name: 'hemoserve_audit_records_total',
      help: 'Records of the audit, by what became of them: written or lost',
      labelNames: ['outcome'] as const,
      registers: [app.metrics.registry],
    });
    if (folder === undefined) {
      app.decorate('audit', undefined);
      return;
    }
    for (const outcome of ['written', 'lost'] as const) records.inc({ outcome }, 0);
    let fails = false;
    const audit = await AuditLog.open({
      folder,
      retentionDays,
      onWritten(count) {
        records.inc({ outcome: 'written' }, count);
        if (fails) app.log.info('the audit is written again');
        fails = false;
      },
      onFailure(error, lostCount) {
        records.inc({ outcome: 'lost' }, lostCount);
        if (!fails) app.log.error(error, 'the audit is not written');
        fails = true;
      },
    });
    app.decorate('audit', audit);
    app.addHook('onClose', () => audit.close());
  },
  { name: 'audit', dependencies: ['metrics'] },
);
