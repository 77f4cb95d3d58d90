import { readInferRequest } from './read-request.js';

export default readInferRequest;
