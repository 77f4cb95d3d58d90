/** What the adapter uses of @tensorflow/tfjs-node 4.22, whose own types a plain `npm ci` does not bring. */
export interface TensorFlow {
  backend(): { isUsingGpuDevice: boolean; binding: { TF_Version: string } };
  tensor4d(values: Uint8Array, shape: [number, number, number, number], dtype: 'int32'): Tensor;
  /** Frees the tensors of an array or object, however nested. */
  dispose(tensors: unknown): void;
  node: {
    loadSavedModel(folder: string, tags: string[], signature: string): Promise<TensorFlowSavedModel>;
  };
}

export interface Tensor {
  dtype: string;
  shape: number[];
  dataSync(): ArrayLike<number>;
}

export interface TensorFlowSavedModel {
  signature: { inputs: Record<string, { tfDtype: string; shape: { getSize(): number }[] }> };
  /** Tensors by the names of the signature. Throws when the inputs' names are others. */
  predict(inputs: Record<string, Tensor>): Record<string, Tensor>;
}
