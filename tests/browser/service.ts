import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const OWN = join(import.meta.dirname, '../../.venv/bin/python');
const PROGRAM = existsSync(OWN) ? OWN : 'python3';

/** A served bundle, with an audit log and monitoring. */
export interface IService {
  readonly url: string;
  predict(rows: readonly object[]): Promise<readonly { id: string; prediction: string }[]>;
  stop(): Promise<void>;
}

export async function startService(token?: string): Promise<IService> {
  const folder = await mkdtemp(join(tmpdir(), 'cellmark-page-'));
  const script = join(import.meta.dirname, 'serve_page.py');
  const flags = token === undefined ? [] : [token];
  const server = spawn(PROGRAM, [script, folder, ...flags], {
    stdio: ['ignore', 'pipe', 'ignore']
  });
  const url = await firstLine(server);
  const headers = { 'content-type': 'application/json' };
  return {
    url,
    predict: async rows => {
      const body = JSON.stringify(rows);
      const reply = await fetch(`${url}/predict`, { method: 'POST', headers, body });
      return ((await reply.json()) as { predictions: { id: string; prediction: string }[] })
        .predictions;
    },
    stop: async () => {
      if (server.exitCode === null) {
        const exited = once(server, 'exit');
        server.kill('SIGTERM');
        await exited;
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  };
}

async function firstLine(server: ChildProcess): Promise<string> {
  if (server.stdout === null) {
    throw new Error('the service has no output');
  }
  for await (const line of createInterface({ input: server.stdout })) {
    return line;
  }
  throw new Error('the service ended before it answered');
}
