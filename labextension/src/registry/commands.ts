import { Dialog, InputDialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { RunsApi } from '../runs/api';
import { showProblem } from '../runs/commands';
import { element } from '../runs/dom';
import { fieldsOf, textOf } from '../runs/parse';
import { withProgress } from '../verdicts/progress';
import { parseHistory } from './parse';
import type { IEvent, IModel, IVersion } from './types';

/** What everything here needs; `notebook` says which project. */
export interface IRegistryContext {
  readonly api: RunsApi;
  readonly notebook: string;
  readonly trans: TranslationBundle;
}

/** The aliases that a project without any is offered. */
const USUAL = ['champion', 'challenger'];

/** Ask which alias and why, and move it if the gates hold. */
export async function promote(
  { api, notebook, trans }: IRegistryContext,
  model: IModel,
  version: IVersion
): Promise<void> {
  const name = `${model.model}@${version.version}`;
  const alias = await askAlias(name, model, trans);
  const reason = alias === null ? null : await askReason(name, alias, trans);
  if (alias === null || reason === null) {
    return;
  }
  const title = trans.__('Promoting %1 to %2', name, alias);
  const work = { title, kind: 'promote', name, alias, reason } as const;
  const result = await withProgress(api, notebook, work, trans);
  if (result !== null) {
    const { event } = fieldsOf(result);
    const gates = textOf(fieldsOf(fieldsOf(event)['evidence'])['checks']);
    const words = trans.__('%1@%2 is now %3. These hold: %4.', model.model, alias, name, gates);
    Notification.success(words, { autoClose: 10_000 });
  }
}

/** Keep the bundle in a folder beside the notebook as a version; whether that came about. */
export async function register(
  { api, notebook, trans }: IRegistryContext,
  folder: string
): Promise<boolean> {
  const work = {
    title: trans.__('Registering %1', folder),
    kind: 'register',
    name: folder
  } as const;
  const result = await withProgress(api, notebook, work, trans);
  if (result !== null) {
    const { model, version } = fieldsOf(result);
    const name = `${textOf(model)}@${String(version)}`;
    const words = trans.__(
      '%1 is registered. It can be promoted in the sidebar, below Models.',
      name
    );
    Notification.success(words, { autoClose: 10_000 });
  }
  return result !== null;
}

/** Show all that happened to a model, and whether the record was changed. */
export async function showHistory(
  { api, notebook, trans }: IRegistryContext,
  model: string
): Promise<void> {
  const title = trans.__('History of %1', model);
  try {
    const answer = await api.request('GET', 'history', notebook, [['model', model]]);
    const { events, faults } = parseHistory(answer);
    const lines = events.map(event => element('li', {}, toldOf(event, model, trans)));
    const verdict =
      faults.length === 0
        ? trans.__('Every event is signed, and none was changed or taken out.')
        : [trans.__('This history was changed:'), ...faults].join(' ');
    const node = element('div', {}, element('ol', {}, ...lines), element('p', {}, verdict));
    const buttons = [Dialog.okButton({ label: trans.__('Close') })];
    await showDialog({ title, body: new Widget({ node }), buttons });
  } catch (thrown) {
    await showProblem(title, thrown);
  }
}

export function toldOf(event: IEvent, model: string, trans: TranslationBundle): string {
  const when = new Date(event.at).toLocaleString();
  const name = `${model}@${event.version}`;
  const what =
    event.alias === null
      ? trans.__('registered %1', name)
      : event.before === null
        ? trans.__('%1 points to %2', event.alias, name)
        : trans.__('%1 points to %2, before to @%3', event.alias, name, event.before);
  const said = `${when}, ${event.who}: ${what}`;
  return event.reason === '' ? said : `${said} (${event.reason})`;
}

async function askAlias(
  name: string,
  { versions }: IModel,
  trans: TranslationBundle
): Promise<string | null> {
  const items = [...new Set([...USUAL, ...versions.flatMap(({ aliases }) => aliases)])];
  const { button, value } = await InputDialog.getItem({
    title: trans.__('Promote %1', name),
    label: trans.__('The alias that will point to it'),
    items,
    editable: true,
    okLabel: trans.__('Next')
  });
  return button.accept && value ? value : null;
}

async function askReason(
  name: string,
  alias: string,
  trans: TranslationBundle
): Promise<string | null> {
  const { button, value } = await InputDialog.getText({
    title: trans.__('Promote %1 to %2', name, alias),
    label: trans.__('Why, for who reads the history'),
    required: true,
    okLabel: trans.__('Promote')
  });
  return button.accept && value ? value : null;
}
