import { ServerConnection } from '@jupyterlab/services';
import { describe, expect, it, vi } from 'vitest';
import { RunsApi } from '../../src/runs/api';
import { metricField } from '../../src/runs/controls';
import { EventStream } from '../../src/runs/events';
import { parsePage } from '../../src/runs/parse';
import { Problem } from '../../src/runs/problem';
import { NEWEST_FIRST } from '../../src/runs/types';
import { brief, duration, when } from '../../src/runs/words';
import { nullTranslator } from '@jupyterlab/translation';

const trans = nullTranslator.load('cellmark');

const RUN = {
  run: 'R',
  status: 'ok',
  started: 1,
  seconds: 2,
  parameters: { C: 1 },
  metrics: { auc: null },
  settings: {},
  failure: null,
  stale: ['C'],
  out_of_order: null,
  tags: ['starred'],
  note: null
};
const PAGE = { runs: [RUN], total: 1, groups: [], metrics: [], parameters: [], store: '/s' };

function apiOf(status: number, answer: string): { api: RunsApi; asked: Request[] } {
  const asked: Request[] = [];
  const fetch = (request: Request): Promise<Response> => {
    asked.push(request);
    return Promise.resolve(new Response(answer, { status, statusText: 'Odd' }));
  };
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://localhost/base/',
    fetch: fetch as typeof globalThis.fetch,
    init: {}
  });
  return { api: new RunsApi(settings), asked };
}

describe('RunsApi', () => {
  it('asks below the base URL, and leaves out what is not wished', async () => {
    const { api, asked } = apiOf(200, JSON.stringify(PAGE));
    const page = await api.page('d/a b.ipynb', { ...NEWEST_FIRST, sort: '-metric.auc' }, 100, 50);
    expect(page.runs[0]).toMatchObject({ run: 'R', starred: true, metrics: { auc: null } });
    const url = new URL(asked[0]?.url ?? '');
    expect(url.pathname).toBe('/base/cellmark/api/runs');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      notebook: 'd/a b.ipynb',
      sort: '-metric.auc',
      offset: '100',
      limit: '50'
    });
  });

  it.each([
    ['a problem', 400, '{"detail": "query, column 3: no.", "fix": "Mend it."}', 'query, column 3'],
    ['no extension', 404, '<html>', 'does not run'],
    ['anything else', 500, '', '500 Odd'],
    ['another version', 200, '{"runs": 3}', 'expected a list']
  ])('says %s in words', async (_, status, answer, words) => {
    const { api } = apiOf(status, answer);
    const asked = api.page('a.ipynb', NEWEST_FIRST, 0, 1);
    await expect(asked).rejects.toBeInstanceOf(Problem);
    await expect(asked).rejects.toThrow(words);
  });
});

describe('parsePage', () => {
  it.each(['total', 'groups', 'store'])('misses %s', field => {
    expect(() => parsePage({ ...PAGE, [field]: undefined })).toThrow(Problem);
  });
});

describe('EventStream', () => {
  class FakeSocket {
    closed = false;
    onmessage: ((event: { data: string }) => void) | null = null;
    onclose: (() => void) | null = null;
    close(): void {
      this.closed = true;
    }
  }

  it('listens to one notebook at a time, and comes back after a loss', () => {
    vi.useFakeTimers();
    const sockets: [string, FakeSocket][] = [];
    const stream = new EventStream(notebook => {
      const socket = new FakeSocket();
      sockets.push([notebook, socket]);
      return socket as unknown as WebSocket;
    });
    const heard: unknown[] = [];
    stream.heard.connect((_, event) => heard.push(event));
    stream.listen('a');
    stream.listen('a');
    sockets[0]?.[1].onmessage?.({ data: '{"kind": "runs"}' });
    sockets[0]?.[1].onclose?.();
    vi.advanceTimersByTime(400);
    expect(sockets.map(([notebook]) => notebook)).toEqual(['a']);
    vi.advanceTimersByTime(200);
    stream.listen('b');
    expect(sockets.map(([notebook, { closed }]) => [notebook, closed])).toEqual([
      ['a', true],
      ['a', true],
      ['b', false]
    ]);
    stream.dispose();
    expect(sockets[2]?.[1].closed).toBe(true);
    expect(heard).toEqual([{ kind: 'runs' }]);
    vi.useRealTimers();
  });
});

describe('words', () => {
  it.each([
    [0.123456, '0.1235'],
    [7, '7'],
    [0.00001234, '1.23e-5'],
    [123456789, '1.23e+8'],
    [null, '–']
  ])('brief(%s)', (value, text) => {
    expect(brief(value)).toBe(text);
  });

  it.each([
    [0.25, '250 ms'],
    [2.54, '2.5 s'],
    [59.9, '59 s'],
    [61, '1 min 1 s'],
    [7260, '2 h 1 min']
  ])('duration(%s)', (seconds, text) => {
    expect(duration(seconds, trans)).toBe(text);
  });

  it('gives a day to what was not today', () => {
    const now = new Date(2026, 3, 2, 12).getTime();
    expect(when(now / 1000, now)).not.toContain('2026');
    expect(when(now / 1000 - 86400, now)).toMatch(/1/);
    expect(when(now / 1000 - 86400, now)).not.toBe(when(now / 1000, now));
  });

  it.each([
    ['auc', 'metric.auc'],
    ['cv.mean', 'metric.cv.mean'],
    ['f1 macro', 'metric."f1 macro"']
  ])('a field for %s', (name, field) => {
    expect(metricField(name)).toBe(field);
  });
});
