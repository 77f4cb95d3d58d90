/**
 * Keeps onnxruntime from sending events: it would look up a host of Microsoft's, and keep what it sends below the home
 * folder. To be imported before the library, in the main thread: a worker's `process.env` is only a copy, which no
 * library sees.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
