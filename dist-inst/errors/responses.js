import { z } from 'zod';
import { ERRORS } from './codes.js';
import { PROBLEM_TYPE, problemSchema } from './problem.js';
/** Response schemas for a route's errors, by status, for its `schema.response`. */
export function problemResponses(...codes) {
    const statuses = new Set(codes.map((code) => ERRORS[code].status));
    return Object.fromEntries([...statuses].map((status) => [
        status,
        {
            description: codes
                .filter((code) => ERRORS[code].status === status)
                .map((code) => `\`${code}\`: ${ERRORS[code].when}`)
                .join('\n\n'),
            content: { [PROBLEM_TYPE]: { schema: problemSchema } },
        },
    ]));
}
/** Schema of an error that stands for one file among many. */
export const fileErrorSchema = z.object({
    index: z.int(),
    filename: z.string().optional(),
    error: problemSchema,
});
//# sourceMappingURL=responses.js.map