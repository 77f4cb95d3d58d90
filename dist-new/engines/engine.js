/** Crops of zeros, to try a model with. */
export function blankBatch({ input }, count) {
    return { pixels: new Uint8Array(count * input.width * input.height * input.channels), count };
}
/** Throws unless the output of one crop has the lengths that the manifest says; `source` is the model's file. */
export function checkOutput(source, { classes, outputs }, { logits, features }) {
    if (logits.length !== classes.length || features.length !== outputs.featureCount) {
        throw new Error(`${source} gives ${logits.length} logits and ${features.length} features; its manifest says ` +
            `${classes.length} and ${outputs.featureCount}`);
    }
}
/**
 * Keeps NVIDIA's libraries from rounding float32 factors to TF32's 10 bits, unless operators say otherwise: a model
 * should say the same on every device. Works in the main thread, before CUDA is loaded.
 */
export function useFullFloat32() {
    process.env.NVIDIA_TF32_OVERRIDE ??= '0';
}
//# sourceMappingURL=engine.js.map