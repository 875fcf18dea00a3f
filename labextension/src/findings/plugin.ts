/* eslint-disable jupyter/prefer-lazy-imports -- marks are there as soon as a notebook is */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { RunsApi } from '../runs/api';
import { SHOW_RUNS } from '../runs/commands';
import { jumpToLine } from '../runs/jump';
import { fieldsOf, textOf } from '../runs/parse';
import { IRuns } from '../runs/tokens';
import { OpenedViews } from '../views/opened';
import type { IFinding } from './finding';
import { followNotebook } from './follow';
import { findingsIcon } from './icon';
import { findingItem, type IFindingActions } from './item';
import { cellOf, FindingMarks } from './marks';
import { FindingsModel } from './model';
import { RuleView } from './ruleview';
import { silence, unsilence } from './silence';
import { IFindings } from './tokens';

export const OPEN_RULE = 'cellmark:open-rule';
export const SHOW_FINDINGS = 'cellmark:show-findings';

interface IContext {
  readonly app: JupyterFrontEnd;
  readonly api: RunsApi;
  readonly tracker: INotebookTracker;
  readonly rendermime: IRenderMimeRegistry;
  readonly trans: TranslationBundle;
}

const findings: JupyterFrontEndPlugin<IFindings> = {
  id: 'cellmark:findings',
  description: 'Marks in the code what will hurt, as it is typed.',
  autoStart: true,
  requires: [IRuns, INotebookTracker, IRenderMimeRegistry],
  optional: [ITranslator, ICommandPalette],
  provides: IFindings,
  activate: (
    app: JupyterFrontEnd,
    runs: IRuns,
    tracker: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): IFindings => {
    const trans = (translator ?? nullTranslator).load('cellmark');
    const context = { app, api: runs.api, tracker, rendermime, trans };
    const model = new FindingsModel(runs.api);
    const actions = actionsOf(context);
    const marks = new FindingMarks(finding => findingItem(finding, actions, trans));
    followNotebook(tracker, model, marks);
    addOpenRule(context);
    addShowFindings(context, model);
    palette?.addItem({ command: SHOW_FINDINGS, category: trans.__('Cellmark') });
    return { model, actions };
  }
};

function actionsOf({ app, tracker, trans }: IContext): IFindingActions {
  return {
    jump: ({ cell, line }) => void jumpToLine(tracker.currentWidget, cell, line),
    explain: rule => void app.commands.execute(OPEN_RULE, { rule }),
    silence: finding => {
      silenceIn(tracker, finding, trans);
    }
  };
}

function silenceIn(tracker: INotebookTracker, finding: IFinding, trans: TranslationBundle): void {
  const notebook = tracker.currentWidget?.content;
  const cell = notebook ? cellOf(notebook, finding)?.model.sharedModel : undefined;
  const { rule } = finding;
  if (cell && silence(cell, rule)) {
    const words = trans.__('%1 says nothing of cell %2 any more.', rule, finding.cell);
    const undo = {
      label: trans.__('Undo'),
      callback: (): void => {
        unsilence(cell, rule);
      }
    };
    Notification.info(words, { autoClose: 10_000, actions: [undo] });
  }
}

function addOpenRule({ app, api, rendermime, trans }: IContext): void {
  const views = new OpenedViews(app, 'cellmark-rule');
  app.commands.addCommand(OPEN_RULE, {
    label: trans.__('Open Rule of Check'),
    describedBy: {
      args: { type: 'object', required: ['rule'], properties: { rule: { type: 'string' } } }
    },
    execute: args => {
      const rule = textOf(args['rule']);
      const ask = async (): Promise<string> =>
        textOf(fieldsOf(await api.request('GET', `rules/${rule}`, ''))['page']);
      const content = (): RuleView => new RuleView(ask, trans, rendermime);
      views.show({ notebook: '', rule }, { label: rule, icon: findingsIcon, content });
    }
  });
}

function addShowFindings({ app, tracker, trans }: IContext, model: FindingsModel): void {
  app.commands.addCommand(SHOW_FINDINGS, {
    label: trans.__('Show Findings in This Notebook'),
    caption: trans.__('List in the sidebar what will hurt: hidden state, chance, leakage, secrets'),
    icon: findingsIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => tracker.currentWidget !== null,
    execute: async () => {
      await app.commands.execute(SHOW_RUNS);
      model.ask();
    }
  });
}

export const plugins = [findings];
