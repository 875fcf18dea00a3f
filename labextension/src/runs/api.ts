import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { fieldsOf, parsePage, parseSummary, textOf } from './parse';
import { Problem } from './problem';
import type { IMarking, IQuery, IRunPage, IRunSummary } from './types';

/** What the model asks the server for. */
export interface IRunsApi {
  page(notebook: string, query: IQuery, offset: number, limit: number): Promise<IRunPage>;
  mark(notebook: string, run: string, marking: IMarking): Promise<IRunSummary>;
}

type Query = readonly (readonly [string, string])[];

const BASE = 'cellmark/api';

/** Cellmark's part of the Jupyter Server. Every method throws a Problem. */
export class RunsApi implements IRunsApi {
  constructor(private readonly settings = ServerConnection.makeSettings()) {}

  async page(notebook: string, query: IQuery, offset: number, limit: number): Promise<IRunPage> {
    const wishes = Object.entries(query).filter(([, wish]) => wish !== '') as [string, string][];
    const part: Query = [
      ['offset', String(offset)],
      ['limit', String(limit)]
    ];
    return parsePage(await this.request('GET', 'runs', notebook, [...wishes, ...part]));
  }

  async mark(notebook: string, run: string, marking: IMarking): Promise<IRunSummary> {
    return parseSummary(await this.request('PATCH', `runs/${run}`, notebook, [], marking));
  }

  /** Write the notebook as a Run ran it beside the notebook; the new file's path. */
  async restore(notebook: string, run: string): Promise<string> {
    const answer = await this.request('POST', `runs/${run}/restore`, notebook, [], {});
    return textOf(fieldsOf(answer)['notebook']);
  }

  /** Keep a notebook with the Run that its cell just ran for. */
  async keep(notebook: string, cell: string, content: unknown): Promise<void> {
    await this.request('PUT', 'notebook', notebook, [], { cell_id: cell, content });
  }

  /** A socket that tells what happens to a notebook's Runs. */
  events(notebook: string): WebSocket {
    const { wsUrl, token, appendToken, WebSocket: Socket } = this.settings;
    const query: Record<string, string> = { notebook };
    if (appendToken && token !== '') {
      query['token'] = token;
    }
    return new Socket(URLExt.join(wsUrl, BASE, 'events') + URLExt.objectToQueryString(query));
  }

  /** Ask, and give back the JSON of the answer. */
  async request(
    method: string,
    path: string,
    notebook: string,
    query: Query = [],
    body?: unknown
  ): Promise<unknown> {
    const asked = new URLSearchParams([['notebook', notebook], ...query] as string[][]);
    const url = `${URLExt.join(this.settings.baseUrl, BASE, path)}?${asked.toString()}`;
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await this.send(url, { method, ...sent });
    const answer = await jsonIn(response);
    if (!response.ok) {
      throw problemIn(answer, response);
    }
    return answer;
  }

  private async send(url: string, init: RequestInit): Promise<Response> {
    try {
      return await ServerConnection.makeRequest(url, init, this.settings);
    } catch {
      throw new Problem('The Jupyter server does not answer.', 'Is it still running?');
    }
  }
}

async function jsonIn(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

function problemIn(answer: unknown, response: Response): Problem {
  const { detail, fix } = (answer ?? {}) as { detail?: unknown; fix?: unknown };
  if (typeof detail === 'string') {
    return new Problem(detail, typeof fix === 'string' ? fix : '');
  }
  return response.status === 404
    ? new Problem(
        "Cellmark's part of the Jupyter server does not run.",
        'Install cellmark in the environment that runs Jupyter, and restart the server.'
      )
    : new Problem(`${response.status} ${response.statusText}`);
}
