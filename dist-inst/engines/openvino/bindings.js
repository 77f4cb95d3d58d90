import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import koffi from 'koffi';
const POINTER = 'void *';
/** By folder: a library stays in the process until its end, and so do koffi's declarations. */
const opened = new Map();
/**
 * The functions of OpenVINO's C API (openvino/c/openvino.h, version 2026.4 or newer) that the engine needs. Each
 * throws, or rejects, with OpenVINO's own message where the C function returns an error.
 *
 * @param folder where the libraries are.
 * @throws {Error} when they are not there, do not load or are too old.
 */
export function openLibrary(folder) {
    const api = opened.get(folder) ?? declare(folder);
    opened.set(folder, api);
    return api;
}
function declare(folder) {
    const library = koffi.load(libraryFile(folder));
    const text = koffi.disposable('str', library.func('ov_free', 'void', [POINTER]));
    const shape = koffi.struct({ rank: 'int64_t', dims: koffi.pointer('int64_t') });
    const dimension = koffi.struct({ min: 'int64_t', max: 'int64_t' });
    const partialShape = koffi.struct({ rank: dimension, dims: koffi.pointer(dimension) });
    const property = koffi.struct({ key: 'str', value: 'str' });
    const version = koffi.struct({ buildNumber: 'str', description: 'str' });
    const callback = koffi.pointer(koffi.proto('void', [POINTER]));
    const callbackPlace = koffi.struct({ function: callback, argument: POINTER });
    const lastMessage = library.func('ov_get_last_err_msg', text, []);
    function check(name, status) {
        if (status !== 0)
            throw new Error(plain(lastMessage() ?? `${name} gives status ${status}`));
    }
    function call(name, types) {
        const native = library.func(name, 'int', types);
        return (...values) => check(name, native(...values));
    }
    /** A call whose last parameter is the place of its result. */
    function get(name, types, result = POINTER) {
        const native = call(name, [...types, koffi.out(koffi.pointer(result))]);
        return (...values) => {
            const place = [null];
            native(...values, place);
            return place[0];
        };
    }
    /** A call in one of libuv's threads. */
    function callAsync(name, types) {
        const native = library.func(name, 'int', types);
        return async (...values) => {
            const status = await new Promise((done, fail) => {
                native.async(...values, (error, result) => {
                    if (error)
                        fail(error);
                    else
                        done(result);
                });
            });
            check(name, status);
        };
    }
    /** The same with the place of a result. */
    function getAsync(name, types) {
        const native = callAsync(name, [...types, koffi.out(koffi.pointer(POINTER))]);
        return async (...values) => {
            const place = [null];
            await native(...values, place);
            return place[0];
        };
    }
    function free(name) {
        return library.func(name, 'void', [POINTER]);
    }
    /** Such as 2026.4.1, of `2026.4.1-22982-e213a147257-releases/2026/4`. */
    function readVersion() {
        const place = koffi.alloc(version, 1);
        call('ov_get_openvino_version', [POINTER])(place);
        const { buildNumber } = koffi.decode(place, version);
        library.func('ov_version_free', 'void', [POINTER])(place);
        koffi.free(place);
        return buildNumber.split('-')[0] ?? '';
    }
    const getShape = call('ov_port_get_partial_shape', [POINTER, POINTER]);
    const freeShape = free('ov_partial_shape_free');
    function readShape(port) {
        const place = koffi.alloc(partialShape, 1);
        try {
            getShape(port, place);
            const { rank, dims } = koffi.decode(place, partialShape);
            const dimensions = koffi.decode(dims, dimension, Number(rank.max));
            freeShape(place);
            return dimensions;
        }
        finally {
            koffi.free(place);
        }
    }
    const number = readVersion();
    const [major = 0, minor = 0] = number.split('.').map(Number);
    if (major < 2026 || (major === 2026 && minor < 4)) {
        throw new Error(`${folder} has OpenVINO ${number}; 2026.4 or newer is needed`);
    }
    return {
        version: number,
        createCore: get('ov_core_create', []),
        freeCore: free('ov_core_free'),
        /** Reads a network's file; one at a time, since OpenVINO keeps only the last error's message. */
        readModel: inTurn(getAsync('ov_core_read_model', [POINTER, 'str', 'str'])),
        getModelInput: get('ov_model_const_input_by_name', [POINTER, 'str']),
        /** Lower and upper limit of each dimension; -1 is no limit. */
        getShape: readShape,
        /** Sets an input's shape for good. */
        reshape: callAsync('ov_model_reshape_input_by_name', [POINTER, 'str', partialShape]),
        freeModel: free('ov_model_free'),
        /** Compiles a network, which takes seconds. */
        compile: getAsync('ov_core_compile_model_props', [POINTER, POINTER, 'str', 'size_t', koffi.pointer(property)]),
        freeCompiled: free('ov_compiled_model_free'),
        getProperty: get('ov_compiled_model_get_property', [POINTER, 'str'], text),
        getInput: get('ov_compiled_model_input_by_name', [POINTER, 'str']),
        getElementType: get('ov_port_get_element_type', [POINTER], 'int'),
        freePort: free('ov_output_const_port_free'),
        createRequest: get('ov_compiled_model_create_infer_request', [POINTER]),
        /** Starts an inference in OpenVINO's threads; the request's callback is called when it ends. */
        start: call('ov_infer_request_start_async', [POINTER]),
        /** Throws if the inference failed. Never to be called before the callback has returned. */
        wait: call('ov_infer_request_wait', [POINTER]),
        freeRequest: free('ov_infer_request_free'),
        setTensor: call('ov_infer_request_set_tensor', [
            POINTER,
            'str',
            POINTER,
        ]),
        getTensor: get('ov_infer_request_get_tensor', [POINTER, 'str']),
        /** The tensor's memory is `data`, which must live as long as the tensor is used. */
        createTensor: get('ov_tensor_create_from_host_ptr', ['int', shape, POINTER]),
        getByteSize: get('ov_tensor_get_byte_size', [POINTER], 'size_t'),
        getSize: get('ov_tensor_get_size', [POINTER], 'size_t'),
        getData: get('ov_tensor_data', [POINTER]),
        freeTensor: free('ov_tensor_free'),
        setCallback: call('ov_infer_request_set_callback', [POINTER, POINTER]),
        /**
         * Memory for `setCallback`, which must live as long as its request.
         *
         * @param listener called in this thread; OpenVINO's thread waits until it returns.
         * @returns the place, and what frees it.
         */
        createCallback(listener) {
            const registered = koffi.register(listener, callback);
            const place = koffi.alloc(callbackPlace, 1);
            koffi.encode(place, callbackPlace, { function: registered, argument: null });
            return {
                place,
                free: () => {
                    koffi.free(place);
                    koffi.unregister(registered);
                },
            };
        },
    };
}
/** The function, each call of which waits for the end of the one before. */
function inTurn(call) {
    let last = Promise.resolve();
    return (...values) => {
        const result = last.then(() => call(...values));
        last = result.catch(() => { });
        return result;
    };
}
/** libopenvino_c.so.2641 in the wheel, libopenvino_c.so or .dylib in other distributions. */
function libraryFile(folder) {
    const name = readdirSync(folder).find((entry) => /^libopenvino_c\.(\d+\.)?(so|dylib)/.test(entry));
    if (!name)
        throw new Error(`${folder} has no OpenVINO C library (libopenvino_c)`);
    return resolve(join(folder, name));
}
/** OpenVINO's message without the places in its sources. */
function plain(message) {
    const lines = message.split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '' && !/^(Exception from|Check .* failed at) /.test(line)).join(' ');
}
//# sourceMappingURL=bindings.js.map