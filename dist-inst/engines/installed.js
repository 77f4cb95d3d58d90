import { existsSync } from 'node:fs';
import { OnnxRuntimeEngine, version as onnxRuntimeVersion } from './onnxruntime/adapter.js';
import { TensorFlowEngine } from './tensorflow/adapter.js';
/**
 * Looks an engine's library up.
 *
 * @returns undefined where it is not installed.
 * @throws {Error} when it is there and does not load.
 */
export async function findEngine(name, { openvinoDir }) {
    switch (name) {
        case 'onnxruntime':
            return {
                name,
                version: onnxRuntimeVersion,
                precisions: ['float32', 'int8'],
                devices: ['cpu', 'gpu'],
                create: (options) => new OnnxRuntimeEngine(options),
            };
        case 'openvino':
            return existsSync(openvinoDir) ? openVino(openvinoDir) : undefined;
        case 'tensorflow':
            // Its child process looks the library up.
            return {
                name,
                version: 'unknown',
                precisions: ['float32'],
                devices: ['cpu', 'gpu'],
                create: (options) => new TensorFlowEngine(options),
            };
    }
}
/** Its modules are loaded only where it is installed, since they load a native addon. */
async function openVino(libraryDir) {
    const { openLibrary } = await import('./openvino/bindings.js');
    const { OpenVinoEngine } = await import('./openvino/adapter.js');
    const api = openLibrary(libraryDir);
    return {
        name: 'openvino',
        version: api.version,
        precisions: ['float32', 'bfloat16', 'int8'],
        devices: ['cpu'],
        create: (options) => new OpenVinoEngine(options, api),
    };
}
//# sourceMappingURL=installed.js.map