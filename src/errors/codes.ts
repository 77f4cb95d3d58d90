/**
 * The one table of errors: stable code, HTTP status, title, and when it happens. Clients match on the code;
 * openapi.yaml and the documents' table come from here.
 */
export const ERRORS = {
  no_file: { status: 400, title: 'No file', when: 'The request has no image' },
  empty_file: { status: 400, title: 'Empty file', when: 'A file has no bytes' },
  unlisted_file: {
    status: 400,
    title: 'Unlisted file',
    when: 'The CSV of a whole slide has a column `file` and does not name this file, or names it once and it came twice',
  },
  missing_file: {
    status: 400,
    title: 'Missing file',
    when: 'The CSV of a whole slide names a file that did not come',
  },
  unexpected_field: {
    status: 400,
    title: 'Unexpected field',
    when: 'A multipart field is not a file named `image`',
  },
  malformed_multipart: {
    status: 400,
    title: 'Malformed multipart body',
    when: 'The body ends early, has no boundary, or has a part whose header cannot be read',
  },
  malformed_archive: {
    status: 400,
    title: 'Malformed archive',
    when: 'A zip that cannot be read, or that has neither slide.json nor slide.csv',
  },
  invalid_request: {
    status: 400,
    title: 'Invalid request',
    when: 'A parameter does not fit its schema, or the request is no HTTP',
  },
  no_heatmap: {
    status: 400,
    title: 'No heat map',
    when: 'A heat map is asked for, and the version has no output of activation maps',
  },
  unauthorized: {
    status: 401,
    title: 'Unauthorized',
    when: 'A request without a key or token, or with one that is unknown or has expired',
  },
  insufficient_scope: {
    status: 403,
    title: 'Insufficient scope',
    when: 'The key or token does not have the scope that the route takes',
  },
  unknown_route: { status: 404, title: 'Unknown route', when: 'No such path' },
  unknown_model: { status: 404, title: 'Unknown model', when: 'The registry has no model of that name' },
  unknown_version: {
    status: 404,
    title: 'Unknown model version',
    when: 'The model has no such version',
  },
  model_not_served: {
    status: 404,
    title: 'Model not served',
    when: 'The model is in the registry, but not among those that this process serves',
  },
  unknown_message: { status: 404, title: 'Unknown message', when: 'The outbox has no message of that id' },
  unknown_image: {
    status: 404,
    title: 'Unknown image',
    when: 'No image of that crop is kept, or a version has no such crop',
  },
  unknown_slide: { status: 404, title: 'Unknown slide', when: 'There is no slide of that id' },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    when: 'The path does not have the method; the Allow header has those that it has',
  },
  not_acceptable: {
    status: 406,
    title: 'Not acceptable',
    when: 'The Accept header names no format in which a slide can be given, or HEMOSERVE_HL7_CHARSET lacks a letter of it',
  },
  request_timeout: {
    status: 408,
    title: 'Request timeout',
    when: 'The header or the body came more slowly than HEMOSERVE_MIN_UPLOAD_BYTES_PER_SECOND',
  },
  reload_failed: {
    status: 409,
    title: 'Reload failed',
    when: 'A model is refused or over the memory budget, or the file of keys is wrong; what was served is still served',
  },
  message_empty: {
    status: 409,
    title: 'Message is empty',
    when: 'A dead letter that could not be written, so that there is nothing to resend',
  },
  message_not_dead: {
    status: 409,
    title: 'Message is no dead letter',
    when: 'A message that was delivered, waits or is being sent needs nobody to resend or discard it',
  },
  slide_exists: {
    status: 409,
    title: 'Slide exists',
    when: 'There is a slide of that id with other data',
  },
  slide_complete: {
    status: 409,
    title: 'Slide complete',
    when: 'A new crop for a slide that is complete',
  },
  slide_changed: {
    status: 409,
    title: 'Slide changed',
    when: 'The slide has changed since the revision that was looked at',
  },
  slide_claimed: {
    status: 409,
    title: 'Slide claimed',
    when: 'Another person reviews the slide at the moment',
  },
  review_changed: {
    status: 409,
    title: 'Review changed',
    when: 'A step of a review that does not follow the last one, as somebody else has gone on meanwhile',
  },
  slide_open: {
    status: 409,
    title: 'Slide open',
    when: 'A review or a verification before the slide is complete',
  },
  unidentified_crops: {
    status: 409,
    title: 'Unidentified crops',
    when: 'A verification that leaves crops which a person must look at',
  },
  too_many_crops: {
    status: 413,
    title: 'Too many crops',
    when: 'More crops of one slide than HEMOSERVE_MAX_SLIDE_CROPS',
  },
  archive_too_large: {
    status: 413,
    title: 'Archive too large',
    when: 'A zip of more bytes than HEMOSERVE_MAX_ZIP_BYTES, packed or unpacked',
  },
  too_many_files: { status: 413, title: 'Too many files', when: 'More files than HEMOSERVE_MAX_FILES' },
  file_too_large: { status: 413, title: 'File too large', when: 'More bytes than HEMOSERVE_MAX_FILE_BYTES' },
  image_too_large: {
    status: 413,
    title: 'Image has too many pixels',
    when:
      'More pixels than HEMOSERVE_MAX_IMAGE_PIXELS by its header, a side more than 16 times as long as the other, or ' +
      'too much work to decode',
  },
  unsupported_content_type: {
    status: 415,
    title: 'Unsupported content type',
    when: 'The body is neither multipart/form-data nor an image',
  },
  unsupported_content_encoding: {
    status: 415,
    title: 'Unsupported content encoding',
    when: 'The body is compressed',
  },
  unsupported_image_format: {
    status: 415,
    title: 'Unsupported image format',
    when: 'An image in another format than JPEG, PNG, BMP or TIFF, or of a kind of these that is not read',
  },
  expectation_failed: {
    status: 417,
    title: 'Expectation failed',
    when: 'An Expect header other than 100-continue',
  },
  not_an_image: { status: 422, title: 'Not an image', when: 'The bytes are no image at all' },
  corrupt_image: {
    status: 422,
    title: 'Corrupt image',
    when: 'The image is truncated or damaged and does not decode as a whole',
  },
  blank_image: {
    status: 422,
    title: 'Blank image',
    when: 'The image shows nothing: all its pixels are about equal',
  },
  verifier_missing: {
    status: 422,
    title: 'Verifier missing',
    when: 'A verification or a step of a review without the name of a person, where no key or token tells it',
  },
  unknown_crop: {
    status: 422,
    title: 'Unknown crop',
    when: 'A correction of a crop that the slide does not have',
  },
  unknown_class: {
    status: 422,
    title: 'Unknown class',
    when: 'A correction to a class that HEMOSERVE_DIFFERENTIAL_FILE does not have',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'Idempotency key reused',
    when: 'Other crops than those which the same Idempotency-Key was sent with before',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    when:
      'More requests of one key in a minute than HEMOSERVE_MAX_REQUESTS_PER_MINUTE, or one connection waits for more ' +
      'than 256 answers, or one address has more than HEMOSERVE_MAX_CONNECTIONS_PER_CLIENT connections',
  },
  headers_too_large: { status: 431, title: 'Headers too large', when: 'A header of more than 16 KiB' },
  client_closed_request: {
    status: 499,
    title: 'Client closed request',
    when: 'The client went away before the answer; seen in logs and metrics only',
  },
  internal_error: { status: 500, title: 'Internal error', when: 'A fault of the service; please report it' },
  not_ready: {
    status: 503,
    title: 'Not ready',
    when: 'The model is still loading, or the service is stopping',
  },
  overloaded: {
    status: 503,
    title: 'Overloaded',
    when:
      'HEMOSERVE_MAX_IMAGES_IN_FLIGHT crops or HEMOSERVE_MAX_BYTES_IN_FLIGHT bytes are in work, or so many that the ' +
      'request would not be done within `timeoutMs`; try again after Retry-After seconds',
  },
  worker_died: {
    status: 503,
    title: 'Worker died',
    when: 'A thread that read or measured images of this request died; another one is started',
  },
  auth_unavailable: {
    status: 503,
    title: 'Authentication unavailable',
    when: 'A token came, and the keys of its issuer cannot be had; the log has the reason',
  },
  store_unavailable: {
    status: 503,
    title: 'Store unavailable',
    when: 'The store of the slides does not answer; the log has the reason',
  },
  deadline_exceeded: {
    status: 504,
    title: 'Deadline exceeded',
    when: 'No answer, or no further line of an NDJSON answer, within `timeoutMs`; what waited was dropped',
  },
  engine_unavailable: {
    status: 503,
    title: 'Engine unavailable',
    when:
      "The engine does not answer, or the model's process or thread died, perhaps with this request's crops, and is being " +
      'started again; or the remote engine cannot be reached, is too slow, fails, or does not have the model',
  },
  engine_wrong_answer: {
    status: 502,
    title: 'Wrong answer of the engine',
    when: "The remote engine's answer is no output of this model: another shape or data type, or nothing that can be read",
  },
} as const satisfies Record<string, { status: number; title: string; when: string }>;

export type ErrorCode = keyof typeof ERRORS;
