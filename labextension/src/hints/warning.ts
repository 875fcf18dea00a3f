import type { TranslationBundle } from '@jupyterlab/translation';
import type { RunsApi } from '../runs/api';
import { fieldsOf, textOf } from '../runs/parse';
import { Problem } from '../runs/problem';
import { differ, VERSION } from './version';

/** What is wrong with the server's part, in words; null if it goes with this page. */
export async function warningOf(
  api: Pick<RunsApi, 'request'>,
  trans: TranslationBundle,
  page = VERSION
): Promise<string | null> {
  try {
    const { version } = fieldsOf(await api.request('GET', 'server', ''));
    const server = textOf(version);
    return differ(page, server)
      ? trans.__(
          'This page has Cellmark %1, the Jupyter server has %2. Restart the server and reload the page; if it stays so, install one version in both places.',
          page,
          server
        )
      : null;
  } catch (thrown) {
    const { message, fix } = Problem.of(thrown);
    return `${message} ${fix}`.trim();
  }
}
