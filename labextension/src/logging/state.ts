import type { Kernel } from '@jupyterlab/services';

/** Whether a kernel records its tagged cells. */
export type LoggingState =
  /** No kernel, or one that has not answered yet. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'on' }
  | { readonly kind: 'paused' }
  /** The kernel's environment has no Cellmark. */
  | { readonly kind: 'absent' }
  /** It has, but the kernel was started before it had. */
  | { readonly kind: 'unhooked' }
  /** The kernel runs no Python. */
  | { readonly kind: 'foreign'; readonly language: string }
  | { readonly kind: 'faulty'; readonly fault: string };

/** Names nothing in the user's namespace, and needs none that they may have taken. */
const LISTENER = "getattr(__import__('IPython').get_ipython(), '_cellmark', None)";
const FOUND = "__import__('importlib.util', fromlist=['find_spec']).find_spec('cellmark')";
const STATE = `getattr(${LISTENER}, 'state', 'unhooked' if ${FOUND} else 'absent')`;

const FAULTY = 'faulty: ';
const SAID = ['on', 'paused', 'unhooked', 'absent'] as const;

/** Ask a kernel, without a trace in its history or its counter; it answers when it is idle. */
export function askState(kernel: Kernel.IKernelConnection): Promise<LoggingState> {
  return evaluate(kernel, '');
}

/** Pause recording or go on with it. */
export function pause(kernel: Kernel.IKernelConnection, paused: boolean): Promise<LoggingState> {
  return evaluate(kernel, `${LISTENER}.pause(${paused ? 'True' : 'False'})`);
}

async function evaluate(kernel: Kernel.IKernelConnection, code: string): Promise<LoggingState> {
  const { language_info: language } = await kernel.info;
  if (language.name !== 'python') {
    return { kind: 'foreign', language: language.name };
  }
  const request = { code, silent: true, store_history: false, user_expressions: { state: STATE } };
  const { content } = await kernel.requestExecute(request).done;
  return content.status === 'ok' ? parseState(content.user_expressions['state']) : UNKNOWN;
}

/** What the kernel's answer says: a text as Python writes it. */
export function parseState(answer: unknown): LoggingState {
  const data = (answer as { data?: Record<string, unknown> } | undefined)?.data;
  const text = data?.['text/plain'];
  const word = typeof text === 'string' ? text.slice(1, -1) : '';
  if (word.startsWith(FAULTY)) {
    return { kind: 'faulty', fault: word.slice(FAULTY.length) };
  }
  const kind = SAID.find(said => said === word);
  return kind ? { kind } : UNKNOWN;
}

export const UNKNOWN: LoggingState = { kind: 'unknown' };
