import { ModelRefused } from '../registry/registry.js';
import { listCandidates } from './candidates.js';
import { ChoiceCache } from './choice-cache.js';
import { blankBatch } from './engine.js';
/** How long a candidate is measured, and at least how many batches. */
const MEASURE_MS = 500;
const MEASURE_BATCHES = 3;
/**
 * Starts a model in the way that is fastest on this machine, among those that the settings and its manifest leave.
 * Where there are several, each is started and measured with full batches, once: the figures are kept for the next
 * start. One whose golden outputs differ, or that the processor cannot run, is passed over.
 *
 * @throws {ModelRefused} when none is left, or none starts (the first one's reason).
 */
export async function startFastest(model, options) {
    const { settings, log, allowedPrecisions } = options;
    process.stderr.write('start '+performance.now().toFixed(0)+'\n');const candidates = await listCandidates(model.manifest, settings, log, allowedPrecisions);
    const [only] = candidates;
    if (only && candidates.length === 1)
        return startOn(only, options, settings.cacheDir);
    const load = {
        threads: settings.engineThreads,
        batchSize: settings.maxBatchSize,
        device: settings.device,
    };
    const cache = new ChoiceCache(settings.cacheDir, model.manifest, candidates, load);
    process.stderr.write('cands '+performance.now().toFixed(0)+'\n');const known = await startKnown(candidates, cache, options);
    if (known)
        return known;
    const { started, measured } = await measureAll(candidates, model.manifest, options);
    await cache
        .write(measured)
        .catch((error) => log.warn(error, 'the choice of the engine is not kept'));
    announce(log, measured, `measured now, kept in ${cache.file}`);
    return started;
}
/** Starts what an earlier start found to be fastest; undefined where there is none or it is refused now. */
async function startKnown(candidates, cache, options) {
    const measured = await cache.read();
    const fastest = candidates.find(({ engine, precision }) => engine.name === measured?.[0]?.engine && precision === measured[0].precision);
    if (!measured || !fastest)
        return undefined;
    try {
        const started = await startOn(fastest, options, options.settings.cacheDir);
        announce(options.log, measured, `measured at an earlier start, see ${cache.file}`);
        return started;
    }
    catch (error) {
        passOver(error, fastest, options.log);
        return undefined;
    }
}
async function measureAll(candidates, manifest, options) {
    const refusals = [];
    const measured = [];
    let fastest;
    for (const candidate of candidates) {
        try {
            options.signal?.throwIfAborted();
            const started = await startOn(candidate, options);
            const cropsPerS = await measure(started.engine, manifest, options.settings.maxBatchSize);
            measured.push({ engine: candidate.engine.name, precision: candidate.precision, cropsPerS });
            const slower = fastest && fastest.cropsPerS >= cropsPerS ? started : fastest?.started;
            if (slower !== started)
                fastest = { started, cropsPerS };
            await slower?.close();
        }
        catch (error) {
            passOver(error, candidate, options.log);
            refusals.push(error);
        }
    }
    if (!fastest)
        throw refusals[0];
    measured.sort((a, b) => b.cropsPerS - a.cropsPerS);
    return { started: fastest.started, measured };
}
/**
 * Crops per second in the fastest of some full batches, which disturbs from other processes least; one batch for
 * each part that the engine has.
 */
async function measure(engine, manifest, batchSize) {
    const { concurrency = 1 } = engine;
    const durationsMs = [];
    const endMs = performance.now() + MEASURE_MS;
    while (durationsMs.length < MEASURE_BATCHES || performance.now() < endMs) {
        const batches = Array.from({ length: concurrency }, () => blankBatch(manifest, batchSize));
        const startMs = performance.now();
        await Promise.all(batches.map((batch) => engine.run(batch, concurrency > 1 ? 'part' : 'whole')));
        durationsMs.push(performance.now() - startMs);
    }
    return ((concurrency * batchSize) / Math.min(...durationsMs)) * 1000;
}
/** @param cacheDir for one that will be started again; compiled networks are large. */
function startOn({ engine, precision }, { settings, start, log }, cacheDir) {
    const { engineThreads: threads, device } = settings;
    return start(engine.create({ threads, device, precision, log, ...(cacheDir && { cacheDir }) }));
}
/** @throws what is no fault of the candidate. */
function passOver(error, { engine, precision }, log) {
    if (!(error instanceof ModelRefused))
        throw error;
    log.warn({ engine: engine.name, precision, reason: error.message }, 'passed over');
}
function announce(log, measured, source) {
    const [fastest] = measured;
    log.info({ measured, source }, `engine chosen: ${fastest?.engine} ${fastest?.precision}, the fastest`);
}
//# sourceMappingURL=start-fastest.js.map