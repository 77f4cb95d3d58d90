/** The engines there are, by their names in HEMOSERVE_ENGINE. */
export const ENGINES = ['onnxruntime', 'openvino', 'tensorflow'] as const;
export type EngineName = (typeof ENGINES)[number];

/** Those that `auto` chooses among: TensorFlow is slower than either on every machine that was measured. */
export const AUTO_ENGINES: readonly EngineName[] = ['onnxruntime', 'openvino'];
