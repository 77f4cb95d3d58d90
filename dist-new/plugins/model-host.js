import fp from 'fastify-plugin';
import { Classifier } from '../classify/classifier.js';
import { startFastest } from '../engines/start-fastest.js';
import { ModelHost } from '../models/model-host.js';
export const modelHostPlugin = fp(async (app, { settings }) => {
    const { log, metrics, stop } = app;
    const modelHost = new ModelHost({
        settings,
        start: (model) => startFastest(model, {
            settings,
            start: (engine) => Classifier.start(model, engine, settings, metrics),
            log,
            signal: stop.signal,
        }),
        metrics,
        log,
        stop: stop.signal,
    });
    app.decorate('modelHost', modelHost);
    app.addHook('onClose', () => modelHost.close());
}, { name: 'model-host', dependencies: ['metrics', 'connections'] });
//# sourceMappingURL=model-host.js.map