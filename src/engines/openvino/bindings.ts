import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import koffi from 'koffi';

/** Pointer to something of OpenVINO's, to be freed with the function of its kind. */
export type Handle = bigint;

export type OpenVino = ReturnType<typeof declare>;

/** Limits of a dimension's size. */
export interface Dimension {
  min: number;
  max: number;
}

/** A setting of OpenVINO's. */
interface Property {
  key: string;
  value: string;
}

/** How koffi is told a C type. */
type Type = Parameters<typeof koffi.sizeof>[0];

const POINTER = 'void *';

/** By folder: a library stays in the process until its end, and so do koffi's declarations. */
const opened = new Map<string, OpenVino>();

/**
 * The functions of OpenVINO's C API (openvino/c/openvino.h, version 2026.4 or newer) that the engine needs. Each
 * throws, or rejects, with OpenVINO's own message where the C function returns an error.
 *
 * @param folder where the libraries are.
 * @throws {Error} when they are not there, do not load or are too old.
 */
export function openLibrary(folder: string): OpenVino {
  const api = opened.get(folder) ?? declare(folder);
  opened.set(folder, api);
  return api;
}

function declare(folder: string) {
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

  function check(name: string, status: number): void {
    if (status !== 0) throw new Error(plain(lastMessage() ?? `${name} gives status ${status}`));
  }

  function call<A extends unknown[]>(name: string, types: Type[]) {
    const native = library.func(name, 'int', types);
    return (...values: A): void => check(name, native(...values));
  }

  /** A call whose last parameter is the place of its result. */
  function get<A extends unknown[], R = Handle>(name: string, types: Type[], result: Type = POINTER) {
    const native = call(name, [...types, koffi.out(koffi.pointer(result))]);
    return (...values: A): R => {
      const place: (R | null)[] = [null];
      native(...values, place);
      return place[0] as R;
    };
  }

  /** A call in one of libuv's threads. */
  function callAsync<A extends unknown[]>(name: string, types: Type[]) {
    const native = library.func(name, 'int', types);
    return async (...values: A): Promise<void> => {
      const status = await new Promise<number>((done, fail) => {
        native.async(...values, (error: unknown, result: number) => {
          if (error) fail(error);
          else done(result);
        });
      });
      check(name, status);
    };
  }

  /** The same with the place of a result. */
  function getAsync<A extends unknown[]>(name: string, types: Type[]) {
    const native = callAsync(name, [...types, koffi.out(koffi.pointer(POINTER))]);
    return async (...values: A): Promise<Handle> => {
      const place: (Handle | null)[] = [null];
      await native(...values, place);
      return place[0] as Handle;
    };
  }

  function free(name: string): (handle: Handle) => void {
    return library.func(name, 'void', [POINTER]);
  }

  /** Such as `2026.4.1-22982-e213a147257-releases/2026/4`. */
  function readBuild(): string {
    const place = koffi.alloc(version, 1);
    call('ov_get_openvino_version', [POINTER])(place);
    const { buildNumber } = koffi.decode(place, version) as { buildNumber: string };
    library.func('ov_version_free', 'void', [POINTER])(place);
    koffi.free(place);
    return buildNumber;
  }

  const getShape = call<[port: Handle, place: Handle]>('ov_port_get_partial_shape', [POINTER, POINTER]);
  const freeShape = free('ov_partial_shape_free');

  function readShape(port: Handle): Dimension[] {
    const place = koffi.alloc(partialShape, 1);
    try {
      getShape(port, place);
      const { rank, dims } = koffi.decode(place, partialShape) as { rank: Dimension; dims: Handle };
      const dimensions = koffi.decode(dims, dimension, Number(rank.max)) as Dimension[];
      freeShape(place);
      return dimensions;
    } finally {
      koffi.free(place);
    }
  }

  const build = readBuild();
  const number = build.split('-')[0] ?? '';
  const [major = 0, minor = 0] = number.split('.').map(Number);
  if (major < 2026 || (major === 2026 && minor < 4)) {
    throw new Error(`${folder} has OpenVINO ${number}; 2026.4 or newer is needed`);
  }

  return {
    version: number,
    build,
    createCore: get<[]>('ov_core_create', []),
    /** Of all networks that the core compiles or imports from now on. */
    setProperties: call<[core: Handle, device: string, count: number, properties: Property[]]>(
      'ov_core_set_properties',
      [POINTER, 'str', 'size_t', koffi.pointer(property)],
    ),
    freeCore: free('ov_core_free'),
    /** Reads a network's file; one at a time, since OpenVINO keeps only the last error's message. */
    readModel: inTurn(
      getAsync<[core: Handle, file: string, weights: null]>('ov_core_read_model', [POINTER, 'str', 'str']),
    ),
    getModelInput: get<[model: Handle, name: string]>('ov_model_const_input_by_name', [POINTER, 'str']),
    /** Lower and upper limit of each dimension; -1 is no limit. */
    getShape: readShape,
    /** Sets an input's shape for good. */
    reshape: callAsync<[model: Handle, input: string, shape: { rank: Dimension; dims: Dimension[] }]>(
      'ov_model_reshape_input_by_name',
      [POINTER, 'str', partialShape],
    ),
    freeModel: free('ov_model_free'),
    /** Compiles a network, which takes seconds. */
    compile: getAsync<[core: Handle, model: Handle, device: string, count: 0, properties: null]>(
      'ov_core_compile_model_props',
      [POINTER, POINTER, 'str', 'size_t', koffi.pointer(property)],
    ),
    /** Writes a compiled network to a file. */
    exportCompiled: callAsync<[compiled: Handle, file: string]>('ov_compiled_model_export_model', [
      POINTER,
      'str',
    ]),
    /**
     * Loads what `exportCompiled` wrote, by the same build on a processor of the same kind. The network goes on
     * reading `content`, which must live as long as it does.
     */
    importCompiled: getAsync<[core: Handle, content: Uint8Array, byteCount: number, device: string]>(
      'ov_core_import_model',
      [POINTER, POINTER, 'size_t', 'str'],
    ),
    freeCompiled: free('ov_compiled_model_free'),
    getProperty: get<[compiled: Handle, key: string], string>(
      'ov_compiled_model_get_property',
      [POINTER, 'str'],
      text,
    ),
    getInput: get<[compiled: Handle, name: string]>('ov_compiled_model_input_by_name', [POINTER, 'str']),
    getElementType: get<[port: Handle], number>('ov_port_get_element_type', [POINTER], 'int'),
    freePort: free('ov_output_const_port_free'),
    createRequest: get<[compiled: Handle]>('ov_compiled_model_create_infer_request', [POINTER]),
    /** Starts an inference in OpenVINO's threads; the request's callback is called when it ends. */
    start: call<[request: Handle]>('ov_infer_request_start_async', [POINTER]),
    /** Throws if the inference failed. Never to be called before the callback has returned. */
    wait: call<[request: Handle]>('ov_infer_request_wait', [POINTER]),
    freeRequest: free('ov_infer_request_free'),
    setTensor: call<[request: Handle, name: string, tensor: Handle]>('ov_infer_request_set_tensor', [
      POINTER,
      'str',
      POINTER,
    ]),
    getTensor: get<[request: Handle, name: string]>('ov_infer_request_get_tensor', [POINTER, 'str']),
    /** The tensor's memory is `data`, which must live as long as the tensor is used. */
    createTensor: get<[elementType: number, shape: { rank: number; dims: number[] }, data: Uint8Array]>(
      'ov_tensor_create_from_host_ptr',
      ['int', shape, POINTER],
    ),
    getByteSize: get<[tensor: Handle], number>('ov_tensor_get_byte_size', [POINTER], 'size_t'),
    getSize: get<[tensor: Handle], number>('ov_tensor_get_size', [POINTER], 'size_t'),
    getData: get<[tensor: Handle]>('ov_tensor_data', [POINTER]),
    freeTensor: free('ov_tensor_free'),
    setCallback: call<[request: Handle, place: Handle]>('ov_infer_request_set_callback', [POINTER, POINTER]),
    /**
     * Memory for `setCallback`, which must live as long as its request.
     *
     * @param listener called in this thread; OpenVINO's thread waits until it returns.
     * @returns the place, and what frees it.
     */
    createCallback(listener: () => void): { place: Handle; free: () => void } {
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
function inTurn<A extends unknown[], R>(call: (...values: A) => Promise<R>): (...values: A) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (...values) => {
    const result = last.then(() => call(...values));
    last = result.catch(() => {});
    return result;
  };
}

/** libopenvino_c.so.2641 in the wheel, libopenvino_c.so or .dylib in other distributions. */
function libraryFile(folder: string): string {
  const name = readdirSync(folder).find((entry) => /^libopenvino_c\.(\d+\.)?(so|dylib)/.test(entry));
  if (!name) throw new Error(`${folder} has no OpenVINO C library (libopenvino_c)`);
  return resolve(join(folder, name));
}

/** OpenVINO's message without the places in its sources. */
function plain(message: string): string {
  const lines = message.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !/^(Exception from|Check .* failed at) /.test(line)).join(' ');
}
