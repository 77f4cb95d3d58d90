import fp from 'fastify-plugin';
import { auditPlugin } from './plugins/audit.js';
import { lisPlugin } from './plugins/lis.js';
import { ordersPlugin } from './plugins/orders.js';
import { outboxPlugin } from './plugins/outbox.js';
import { slidesPlugin } from './plugins/slides.js';
import { sourcesPlugin } from './plugins/sources.js';
import { adminRoutes } from './routes/admin.js';
import { classifyRoute } from './routes/classify/route.js';
import { labelsRoute } from './routes/labels.js';
import { modelFiguresRoutes } from './routes/model-figures.js';
import { modelsRoute } from './routes/models.js';
import { oipRoutes } from './routes/oip/routes.js';
import { operationRoutes } from './routes/operation.js';
import { outboxRoutes } from './routes/outbox.js';
import { slidesRoutes } from './routes/slides/routes.js';
import { sourcesRoute } from './routes/sources.js';
import { workbenchRoute } from './routes/workbench.js';
import type { Settings } from './settings/schema.js';

/** What answers requests with the models: the routes, and what they share. */
export const api = fp<{ settings: Settings }>(
  async (app, { settings }) => {
    await app.register(auditPlugin, { settings });
    await app.register(lisPlugin, { settings });
    await app.register(sourcesPlugin);
    await app.register(classifyRoute, { settings });
    await app.register(slidesPlugin, { settings });
    await app.register(outboxPlugin, { settings });
    await app.register(ordersPlugin, { settings });
    await app.register(slidesRoutes, { settings });
    await app.register(outboxRoutes);
    await app.register(modelsRoute);
    await app.register(modelFiguresRoutes);
    await app.register(labelsRoute);
    await app.register(sourcesRoute);
    await app.register(workbenchRoute, { settings });
    await app.register(oipRoutes, { prefix: '/v2', settings });
    await app.register(operationRoutes);
    if (app.auth.hasAdmin) await app.register(adminRoutes);
  },
  { name: 'api', dependencies: ['auth', 'model-host', 'admission'] },
);
