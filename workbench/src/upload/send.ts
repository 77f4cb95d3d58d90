import { BASE, type Problem } from '../api/client.ts';
import { authorization } from '../api/key.ts';
import type { Crop } from '../api/types.ts';

type Result = Crop['result'] & Pick<Crop, 'crop' | 'number' | 'filename'> & { index: number };
export interface BadLine {
  index: number;
  filename?: string;
  error: Problem;
}
export type Line =
  | Result
  | BadLine
  | { requestId: string; model: Crop['model']; imageCount: number; error?: Problem };

export interface Answer {
  /** 0 where the connection was lost. */
  status: number;
  lines: Line[];
  problem: Partial<Problem> | undefined;
  retryAfterSeconds: number | undefined;
}

/**
 * Sends crops of a slide. An XMLHttpRequest, since `fetch` does not tell how much of a body has gone.
 *
 * @param onSent is told the bytes that have gone so far.
 * @returns whatever came, also of an answer that was cut off.
 */
export function sendCrops(
  slideId: string,
  files: readonly File[],
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Answer> {
  const form = new FormData();
  for (const file of files) form.append('image', file, file.name);
  const request = new XMLHttpRequest();
  request.open('POST', `${BASE}/v1/slides/${encodeURIComponent(slideId)}/crops`);
  request.setRequestHeader('accept', 'application/x-ndjson');
  for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
  request.upload.onprogress = ({ loaded }) => onSent(loaded);
  const stop = () => request.abort();
  signal.addEventListener('abort', stop);
  return new Promise<Answer>((resolve) => {
    request.onloadend = () => {
      signal.removeEventListener('abort', stop);
      resolve(answerOf(request));
    };
    request.send(form);
  });
}

function answerOf(request: XMLHttpRequest): Answer {
  const { status, responseText } = request;
  const retryAfter = request.getResponseHeader('retry-after');
  const answer = {
    status,
    lines: [],
    problem: undefined,
    retryAfterSeconds: retryAfter ? Number(retryAfter) : undefined,
  };
  if (status !== 200) return { ...answer, problem: parsed(responseText) as Partial<Problem> | undefined };
  return {
    ...answer,
    lines: responseText.split('\n').flatMap((line) => (parsed(line) as Line | undefined) ?? []),
  };
}

/** Undefined for what is no JSON, such as a line that was cut off. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
