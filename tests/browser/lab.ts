import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const BUILT = join(ROOT, 'src/cellmark/labextension');
const OWN = join(ROOT, '.venv/bin/jupyter-lab');
/** JUPYTER_LAB names another one, to try the extension in another version of JupyterLab. */
const PROGRAM = process.env['JUPYTER_LAB'] ?? (existsSync(OWN) ? OWN : 'jupyter-lab');
const START_SECONDS = 120;

/** A project of its own in the JupyterLab of all journeys. */
export interface ILab {
  readonly url: string;
  /** Where the project is, and its name in the file browser. */
  readonly folder: string;
  readonly name: string;
  /** Where Jupyter looks for kernels, beside other places. */
  readonly kernels: string;
  /** End the kernels of its notebooks. */
  leave(): Promise<void>;
}

/** Enter a project of this name, which is another one to Cellmark. */
export async function enterLab(name: string): Promise<ILab> {
  const { url, home } = inject('lab');
  const folder = join(workIn(home), name);
  await mkdir(join(folder, '.cellmark'), { recursive: true });
  return {
    url,
    folder,
    name,
    kernels: join(dataIn(home), 'kernels'),
    leave: () => endKernels(url)
  };
}

/** A JupyterLab with the extension as it was last built. */
export interface IStartedLab {
  readonly url: string;
  readonly home: string;
  stop(): Promise<void>;
}

export async function startLab(): Promise<IStartedLab> {
  const home = await mkdtemp(join(tmpdir(), 'cellmark-lab-'));
  await mkdir(workIn(home));
  await offerExtension(home);
  // JupyterLab would else ask the network for news and tell about it over the notebook.
  await writeSettings(home, 'notification', { fetchNews: 'false', checkForUpdates: false });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = launch(home, port);
  await untilReady(server, `${url}/api/status`);
  return { url, home, stop: () => stop(server, home) };
}

function workIn(home: string): string {
  return join(home, 'work');
}

/** JUPYTER_PATH comes before what is installed. */
function dataIn(home: string): string {
  return join(home, 'share');
}

/** The test sees the build, and not an older copy that is installed. */
async function offerExtension(home: string): Promise<void> {
  const folder = join(dataIn(home), 'labextensions');
  await mkdir(folder, { recursive: true });
  await symlink(BUILT, join(folder, 'cellmark'));
}

async function writeSettings(home: string, plugin: string, settings: object): Promise<void> {
  const file = join(home, `settings/@jupyterlab/apputils-extension/${plugin}.jupyterlab-settings`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(settings));
}

function launch(home: string, port: number): ChildProcess {
  const flags = [
    '--no-browser',
    '--LabApp.extension_manager=readonly',
    // Journeys ask the page's own application what it knows, in JupyterLab and in Notebook.
    '--LabApp.expose_app_in_browser=True',
    '--JupyterNotebookApp.expose_app_in_browser=True',
    '--ServerApp.ip=127.0.0.1',
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0',
    '--ServerApp.allow_root=True',
    '--IdentityProvider.token=',
    '--ServerApp.disable_check_xsrf=True'
  ];
  return spawn(PROGRAM, flags, {
    cwd: workIn(home),
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      HOME: home,
      IPYTHONDIR: join(home, 'ipython'),
      JUPYTER_PATH: dataIn(home),
      JUPYTER_CONFIG_DIR: join(home, 'config'),
      JUPYTER_DATA_DIR: join(home, 'data'),
      JUPYTER_RUNTIME_DIR: join(home, 'runtime'),
      JUPYTERLAB_SETTINGS_DIR: join(home, 'settings'),
      JUPYTERLAB_WORKSPACES_DIR: join(home, 'workspaces')
    }
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') {
    throw new Error('the loopback interface gave no port');
  }
  return address.port;
}

async function untilReady(server: ChildProcess, url: string): Promise<void> {
  const log: string[] = [];
  server.stderr?.on('data', (text: Buffer) => log.push(text.toString()));
  server.on('error', error => log.push(error.message));
  const deadline = Date.now() + START_SECONDS * 1000;
  while (!(await answers(url))) {
    if (server.pid === undefined || server.exitCode !== null || Date.now() > deadline) {
      server.kill();
      throw new Error(`JupyterLab did not start at ${url}:\n${log.join('')}`);
    }
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    // Nobody listens yet; the pause keeps the waiting from using up a processor.
    return new Promise(resolve => setTimeout(resolve, 100, false));
  }
}

async function endKernels(url: string): Promise<void> {
  const sessions = (await (await fetch(`${url}/api/sessions`)).json()) as { id: string }[];
  const ends = sessions.map(({ id }) => fetch(`${url}/api/sessions/${id}`, { method: 'DELETE' }));
  await Promise.all(ends);
}

async function stop(server: ChildProcess, home: string): Promise<void> {
  if (server.exitCode === null) {
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    await exited;
  }
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
}
