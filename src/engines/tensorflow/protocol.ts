import type { BatchOutput, CropBatch, Device, OutputNames } from '../engine.js';

/** What the child process needs to load a model. */
export interface LoadOptions {
  /** Folder of the SavedModel. */
  folder: string;
  threads: number;
  device: Device | 'auto';
  inputName: string;
  /** Height, width, channels. */
  cropShape: [number, number, number];
  outputNames: OutputNames;
}

/** What it loaded. */
export interface LoadedModel {
  /** Version of libtensorflow. */
  version: string;
  device: Device;
}

/** What the child can be asked, and its answers. */
export interface Calls {
  load: { input: LoadOptions; output: LoadedModel };
  run: { input: CropBatch; output: BatchOutput };
}

export interface Request<Name extends keyof Calls = keyof Calls> {
  id: number;
  name: Name;
  input: Calls[Name]['input'];
}

export type Answer = { id: number } & ({ output: Calls[keyof Calls]['output'] } | { error: string });
