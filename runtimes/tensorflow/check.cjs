// Loads the addon once, so that a setup that cannot work fails here.
require('node:util').isNullOrUndefined ??= (value) => value == null;
process.env.TF_CPP_MIN_LOG_LEVEL = '2';
const tf = require('@tensorflow/tfjs-node');
const { binding, isUsingGpuDevice } = tf.backend();
console.log(
  `TensorFlow ${binding.TF_Version} runs on ${isUsingGpuDevice ? 'the GPU' : 'the CPU'} through tfjs-node ${tf.version['tfjs-node']}`,
);
