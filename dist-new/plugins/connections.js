import fp from 'fastify-plugin';
/** What is still read of a body whose answer is sent, so that its client comes to read that answer. */
const MAX_REST_BYTES = 10_485_760;
const MAX_REST_MS = 5_000;
/** While the service stops, each answer ends its connection; the rest of an answered request's body is thrown away. */
export const connectionsPlugin = fp(async (app) => {
    const stop = new AbortController();
    app.decorate('stop', stop);
    app.addHook('preClose', async () => stop.abort());
    app.addHook('onSend', async ({ raw }, reply) => {
        // A kept connection would hold the process up.
        if (stop.signal.aborted)
            reply.header('connection', 'close');
        // Before Node does so without a bound, at the end of the answer.
        if (reply.statusCode >= 400 && !raw.complete)
            throwRestAway(raw);
    });
    app.addHook('onResponse', async ({ raw }, reply) => {
        if (reply.statusCode < 400 && !raw.complete)
            throwRestAway(raw);
    });
}, { name: 'connections' });
/**
 * Reads on for a while. A connection closed at once would be reset under a client that still sends, often before
 * it has read why (RFC 9112, section 9.6); one left unread would never carry another request.
 */
function throwRestAway(request) {
    const timer = setTimeout(() => request.destroy(), MAX_REST_MS).unref();
    let restBytes = MAX_REST_BYTES;
    request.on('data', (chunk) => {
        restBytes -= chunk.length;
        if (restBytes < 0)
            request.destroy();
    });
    request.once('close', () => clearTimeout(timer));
    request.unpipe();
    request.resume();
}
//# sourceMappingURL=connections.js.map