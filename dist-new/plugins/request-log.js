import fp from 'fastify-plugin';
import { ERRORS } from '../errors/codes.js';
import { countError } from './problems.js';
/**
 * One line per request, with its id and outcome. Never image bytes, URLs or file names: these may carry patient
 * ids.
 */
export const requestLogPlugin = fp(async (app) => {
    app.decorateRequest('imageCount', undefined);
    app.addHook('onRequest', async (request, reply) => {
        reply.header('x-request-id', request.id);
        // Fastify's `onRequestAbort` is of the upload: not called once that is complete, but also after the answer.
        reply.raw.once('close', () => {
            if (reply.raw.writableFinished)
                return;
            countError(request, 'client_closed_request');
            log(request, ERRORS[request.errorCode ?? 'client_closed_request'].status, reply);
        });
    });
    app.addHook('onResponse', async (request, reply) => {
        // Its line was written when it was aborted.
        if (request.errorCode !== 'client_closed_request')
            log(request, reply.statusCode, reply);
    });
}, { name: 'request-log', dependencies: ['metrics', 'problems'] });
function log(request, status, reply) {
    request.log.info({
        method: request.method,
        route: request.routeOptions.url,
        status,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
        images: request.imageCount,
        code: request.errorCode,
    }, 'request');
}
//# sourceMappingURL=request-log.js.map