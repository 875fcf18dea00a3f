import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from '../runs/dom';
import type { TaskModel } from '../tasks/model';
import type { IRefused, ITask } from '../tasks/task';
import { type ITaskWords, TaskView } from '../tasks/view';
import { button, section } from '../views/parts';
import { type IBundle, type IPackaged, parsePackaged } from './bundle';
import { BundleView, warning } from './bundleview';
import { type IRefusalActions, refusals } from './refusals';

export interface IPackageActions extends IRefusalActions {
  register(folder: string): Promise<boolean>;
  /** Ask again what to package, and begin anew. */
  again(): void;
  openFolder(folder: string): void;
  /** Mark what was refused beside the code. */
  mark(refused: readonly IRefused[]): void;
}

export interface IPackageViewOptions {
  readonly task: TaskModel;
  readonly trans: TranslationBundle;
  readonly rendermime: IRenderMimeRegistry;
  readonly actions: IPackageActions;
  readonly askBundle: (folder: string) => Promise<IBundle>;
}

/** A notebook as it is packaged: the stages, then the bundle with its proof, or what is refused. */
export class PackageView extends TaskView {
  constructor(private readonly options: IPackageViewOptions) {
    super(options.task, options.trans);
    this.addClass('jp-Cellmark-packageView');
  }

  protected wordsFor({ name }: ITask): ITaskWords {
    const { trans } = this;
    return {
      running: trans.__('Packaging %1', name),
      failed: trans.__('%1 can’t be packaged yet', name),
      cancelled: trans.__('Packaging %1 was cancelled. Nothing was written.', name)
    };
  }

  protected override goOn(): HTMLElement[] {
    const { trans, options } = this;
    const again = (): void => {
      options.actions.again();
    };
    return [button(trans.__('Package Again…'), again)];
  }

  protected drawEnd(task: ITask, isDone: boolean): void {
    const { trans, options } = this;
    if (!isDone) {
      const note = trans.__('Nothing was written. Mend this, and package again:');
      this.place(element('p', {}, note), refusals(task.refused, options.actions, trans));
      options.actions.mark(task.refused);
      return;
    }
    const packaged = parsePackaged(task.result);
    const { folder } = packaged;
    const actions = {
      register: () => options.actions.register(folder),
      openFolder: () => {
        options.actions.openFolder(folder);
      }
    };
    const view = new BundleView({
      ask: () => options.askBundle(folder),
      actions,
      trans,
      rendermime: options.rendermime,
      more: () => [derivation(packaged, trans)]
    });
    this.insertWidget(0, view);
  }
}

/** What became of the statements, and what differs from the version before. */
function derivation(
  { statements, hidden, since }: IPackaged,
  trans: TranslationBundle
): HTMLElement {
  const counts = Object.entries(statements).map(([verdict, count]) => `${count} ${verdict}`);
  const notes = hidden.map(({ cell, saved, now, why }) =>
    warning(
      trans.__(
        'Cell %1 showed “%2” when it was saved and shows “%3” in a clean run: %4. The bundle gives the clean run’s numbers.',
        cell,
        saved,
        now,
        why
      )
    )
  );
  return section(
    'derivation',
    trans.__('Derived from the notebook'),
    element('p', {}, trans.__('Statements: %1', counts.join(', '))),
    ...(since ? [element('p', {}, changed(since, trans))] : []),
    ...notes
  );
}

function changed(
  { version, changes }: NonNullable<IPackaged['since']>,
  trans: TranslationBundle
): string {
  const counts = Object.entries(changes).map(([kind, count]) => `${count} in ${kind}`);
  return counts.length > 0
    ? trans.__('Changed since version %1: %2', version, counts.join(', '))
    : trans.__('Nothing in code, values or data differs from version %1.', version);
}
