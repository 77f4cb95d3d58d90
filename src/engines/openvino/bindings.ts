import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import koffi from 'koffi';

/** Pointer to something of OpenVINO's, to be freed with the function of its kind. */
export type Handle = bigint;

export type OpenVino = ReturnType<typeof openLibrary>;

type Type = Parameters<typeof koffi.sizeof>[0];

const POINTER = 'void *';

/**
 * The functions of OpenVINO's C API (openvino/c/openvino.h) that the engine needs. Each throws with OpenVINO's own
 * message where the C function returns an error.
 *
 * @param folder where the libraries are.
 * @throws {Error} when they are not there or do not load.
 */
export function openLibrary(folder: string) {
  const library = koffi.load(libraryFile(folder));
  const freeText = library.func('ov_free', 'void', [POINTER]);
  const text = koffi.disposable('str', freeText);
  const shape = koffi.struct({ rank: 'int64_t', dims: koffi.pointer('int64_t') });
  const version = koffi.struct({ buildNumber: text, description: text });
  const lastMessage = library.func('ov_get_last_err_msg', text, []);

  function call<A extends unknown[]>(name: string, types: Type[]) {
    const native = library.func(name, 'int', types);
    return (...values: A): void => {
      const status = native(...values);
      if (status !== 0) throw new Error(plain(lastMessage() ?? `${name} gives status ${status}`));
    };
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

  function free(name: string): (handle: Handle) => void {
    return library.func(name, 'void', [POINTER]);
  }

  return {
    getVersion: get<[], { buildNumber: string }>('ov_get_openvino_version', [], version),
    createCore: get<[]>('ov_core_create', []),
    freeCore: free('ov_core_free'),
    /** Takes one property at a time: core, device, then `'str', key, 'str', value`. */
    setProperty: call<[core: Handle, device: string, ...property: string[]]>('ov_core_set_property', [
      POINTER,
      'str',
      '...',
    ]),
    readModel: get<[core: Handle, file: string, weightsFile: null]>('ov_core_read_model', [
      POINTER,
      'str',
      'str',
    ]),
    freeModel: free('ov_model_free'),
    compileModel: get<[core: Handle, model: Handle, device: string, propertyCount: 0]>(
      'ov_core_compile_model',
      [POINTER, POINTER, 'str', 'size_t'],
    ),
    freeCompiledModel: free('ov_compiled_model_free'),
    getProperty: get<[compiled: Handle, key: string], string>(
      'ov_compiled_model_get_property',
      [POINTER, 'str'],
      text,
    ),
    getInput: get<[compiled: Handle, name: string]>('ov_compiled_model_input_by_name', [POINTER, 'str']),
    getElementType: get<[port: Handle], number>('ov_port_get_element_type', [POINTER], 'int'),
    freePort: free('ov_output_const_port_free'),
    createInferRequest: get<[compiled: Handle]>('ov_compiled_model_create_infer_request', [POINTER]),
    setTensor: call<[request: Handle, name: string, tensor: Handle]>('ov_infer_request_set_tensor', [
      POINTER,
      'str',
      POINTER,
    ]),
    infer: call<[request: Handle]>('ov_infer_request_infer', [POINTER]),
    getTensor: get<[request: Handle, name: string]>('ov_infer_request_get_tensor', [POINTER, 'str']),
    freeInferRequest: free('ov_infer_request_free'),
    /** The tensor's memory is `data`, which must live as long as the tensor is used. */
    createTensor: get<[elementType: number, shape: { rank: number; dims: number[] }, data: Uint8Array]>(
      'ov_tensor_create_from_host_ptr',
      ['int', shape, POINTER],
    ),
    getByteSize: get<[tensor: Handle], number>('ov_tensor_get_byte_size', [POINTER], 'size_t'),
    getSize: get<[tensor: Handle], number>('ov_tensor_get_size', [POINTER], 'size_t'),
    getData: get<[tensor: Handle]>('ov_tensor_data', [POINTER]),
    freeTensor: free('ov_tensor_free'),
  };
}

/** libopenvino_c.so.2641 in the wheel, libopenvino_c.so or .dylib in other distributions. */
function libraryFile(folder: string): string {
  const name = readdirSync(folder).find((entry) => /^(lib)?openvino_c\.(\d+\.)?(so|dylib|dll)/.test(entry));
  if (!name) throw new Error(`${folder} has no OpenVINO C library (libopenvino_c)`);
  return resolve(join(folder, name));
}

/** OpenVINO's message without the places in its sources. */
function plain(message: string): string {
  const lines = message.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !/^(Exception from|Check .* failed at) /.test(line)).join(' ');
}
