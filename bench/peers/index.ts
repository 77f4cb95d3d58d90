import type { Contender } from '../harness/contender.js';
import { peer as bentoml } from './bentoml/peer.js';
import { peer as fastapiKeras } from './fastapi-keras/peer.js';
import { peer as fastapiOnnxruntime } from './fastapi-onnxruntime/peer.js';
import { peer as fastapiOpenvino } from './fastapi-openvino/peer.js';
import { peer as fastifyTfjs } from './fastify-tfjs/peer.js';
import { peer as hemoserve } from './hemoserve/peer.js';
import { peer as kserve } from './kserve/peer.js';
import { peer as litserve } from './litserve/peer.js';
import { peer as mlserver } from './mlserver/peer.js';
import { peer as triton } from './triton/peer.js';

/** All services, ours first. */
export const CONTENDERS: Contender[] = [
  hemoserve,
  fastapiKeras,
  fastapiOnnxruntime,
  fastapiOpenvino,
  fastifyTfjs,
  litserve,
  bentoml,
  mlserver,
  kserve,
  triton,
];
