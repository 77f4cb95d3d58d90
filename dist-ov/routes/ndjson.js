import { Readable } from 'node:stream';
import { toKnownError } from '../plugins/problems.js';
import { toResult } from './answers.js';
/**
 * Outcomes as lines of JSON, each as soon as it is there and the client reads on. The last line has the head and,
 * since the status is long sent, the error that ended the request if one did.
 *
 * @param onLine is told of each outcome.
 * @throws {ServiceError} what the first outcome throws: until then the answer can still be a problem.
 */
export async function ndjsonLines(outcomes, head, request, onLine) {
    return Readable.from(lines(await outcomes.next(), outcomes, head, request, onLine));
}
async function* lines(first, outcomes, head, request, onLine) {
    let imageCount = 0;
    try {
        for (let next = first; !next.done; next = await outcomes.next()) {
            imageCount += 1;
            request.imageCount = imageCount;
            onLine();
            yield line(toResult(next.value, request.server.metrics));
        }
        yield line({ ...head, imageCount });
    }
    catch (error) {
        yield line({ ...head, imageCount, error: toKnownError(error, request).toProblem(request.id) });
    }
    finally {
        await outcomes.return();
    }
}
function line(value) {
    return `${JSON.stringify(value)}\n`;
}
//# sourceMappingURL=ndjson.js.map