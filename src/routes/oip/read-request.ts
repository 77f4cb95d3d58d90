import { z } from 'zod';
import { jsonTensorSchema, readTensors, splitBody } from '../../oip/message.js';
import { OipError, type Tensor } from '../../oip/tensor.js';

const MOST_TENSORS = 16;

const outputSchema = z.looseObject({
  name: z.string(),
  parameters: z.looseObject({ binary_data: z.boolean().optional() }).optional(),
});

const requestSchema = z.looseObject({
  id: z.string().max(256).optional(),
  parameters: z.looseObject({ binary_data_output: z.boolean().optional() }).optional(),
  inputs: z.array(jsonTensorSchema).max(MOST_TENSORS),
  outputs: z.array(outputSchema).max(MOST_TENSORS).optional(),
});

/** A request for an inference. */
export interface InferRequest {
  /** The client's own id for it. */
  id?: string;
  inputs: Tensor[];
  /** The wanted outputs; all of them, where the client names none. */
  outputs?: { name: string; asBytes: boolean }[];
  /** Whether outputs go as bytes that do not say otherwise. */
  outputsAsBytes: boolean;
}

/** What the thread that reads is given, and what it gives back. */
export interface ReadTask {
  body: Uint8Array;
  /** As the header says. */
  jsonLength: string | undefined;
}
export type ReadResult = { request: InferRequest } | { problem: string };

/** Reads the body of a request, or says what is wrong with it. */
export function readInferRequest({ body, jsonLength }: ReadTask): ReadResult {
  try {
    const { message, rest } = splitBody(body, jsonLength, requestSchema);
    const { id, parameters, inputs, outputs } = message;
    const outputsAsBytes = parameters?.binary_data_output ?? false;
    const request = {
      ...(id !== undefined && { id }),
      inputs: readTensors(inputs, rest),
      ...(outputs?.length && {
        outputs: outputs.map((output) => ({
          name: output.name,
          asBytes: output.parameters?.binary_data ?? outputsAsBytes,
        })),
      }),
      outputsAsBytes,
    };
    return { request };
  } catch (error) {
    if (error instanceof OipError) return { problem: `${error.message}.` };
    throw error;
  }
}
