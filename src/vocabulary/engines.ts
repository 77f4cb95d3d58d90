/** The engines there are, by their names in HEMOSERVE_ENGINE. */
export const ENGINES = ['onnxruntime', 'openvino', 'tensorflow', 'remote'] as const;
export type EngineName = (typeof ENGINES)[number];
