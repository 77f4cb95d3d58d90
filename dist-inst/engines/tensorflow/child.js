import { SavedModel } from './saved-model.js';
/** The child process of the adapter: holds one model and answers one request after the other. */
let model;
async function load(options) {
    model = await SavedModel.load(options);
    return { version: model.version, device: model.device };
}
function run(batch) {
    if (!model)
        throw new Error('no model is loaded');
    return model.run(batch);
}
process.on('message', async ({ id, name, input }) => {
    let answer;
    try {
        const output = name === 'load' ? await load(input) : run(input);
        answer = { id, output };
    }
    catch (error) {
        answer = { id, error: error.message };
    }
    process.send?.(answer);
});
// The service decides when it ends: a terminal's Ctrl-C, which comes here too, must not cut a stop short.
for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => { });
process.on('disconnect', () => process.exit());
//# sourceMappingURL=child.js.map