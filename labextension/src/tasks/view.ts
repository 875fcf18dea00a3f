import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel, Widget } from '@lumino/widgets';
import { element, keepingFocus } from '../runs/dom';
import { duration } from '../runs/words';
import { button } from '../views/parts';
import type { TaskModel } from './model';
import { stageList } from './stages';
import type { ITask } from './task';

const SECOND = 1000;

/** How a task is called while it goes on, and after each of its ends. */
export interface ITaskWords {
  readonly running: string;
  readonly failed: string;
  readonly cancelled: string;
}

/** A task in the main area: its stages as they go by, then what came of it. */
export abstract class TaskView extends Panel {
  constructor(
    protected readonly task: TaskModel,
    protected readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-Cellmark-view');
    this.addClass('jp-Cellmark-taskView');
    this.node.tabIndex = 0;
    this.cancel = button(trans.__('Cancel'), () => {
      // A button that is out of use can't keep the keyboard.
      this.node.focus();
      this.cancel.disabled = true;
      void task.cancel();
    });
    this.addWidget(new Widget({ node: this.head }));
    this.addWidget(new Widget({ node: this.progress }));
    task.changed.connect(this.redraw, this);
    this.timer = setInterval(() => {
      this.tick();
    }, SECOND);
    this.redraw();
  }

  override dispose(): void {
    clearInterval(this.timer);
    this.task.dispose();
    super.dispose();
  }

  protected abstract wordsFor(task: ITask): ITaskWords;

  /** Add what came of it; `false` if it did not end well. */
  protected abstract drawEnd(task: ITask, isDone: boolean): void;

  /** What a person can do after it failed or was cancelled. */
  protected goOn(): HTMLElement[] {
    return [];
  }

  protected place(...nodes: HTMLElement[]): void {
    for (const node of nodes) {
      this.addWidget(new Widget({ node }));
    }
  }

  private redraw(): void {
    keepingFocus(this.node, () => {
      this.tellNow();
    });
  }

  private tellNow(): void {
    const { known } = this.task;
    switch (known.kind) {
      case 'asking':
        this.tell(this.trans.__('Loading…'));
        break;
      case 'lost':
        this.tell(this.trans.__('Nothing is known of this any more'));
        this.progress.replaceChildren(
          element('p', { class: 'jp-Cellmark-problem', role: 'alert' }, known.problem.message)
        );
        break;
      case 'told':
        this.tellOf(known.task);
    }
  }

  private tellOf(task: ITask): void {
    const words = this.wordsFor(task);
    if (task.state === 'running') {
      this.tell(words.running, this.cancel);
      this.tick();
      return;
    }
    clearInterval(this.timer);
    const took = duration((task.ended ?? task.started) - task.started, this.trans);
    const summary = element('summary', {}, this.trans.__('Took %1', took));
    const folded = element('details', {}, summary, stageList(task, this.trans));
    folded.open = task.state !== 'done';
    this.progress.replaceChildren(folded);
    if (task.state === 'done') {
      this.head.replaceChildren();
    } else {
      this.tell(task.state === 'failed' ? words.failed : words.cancelled, ...this.goOn());
    }
    if (task.state !== 'cancelled') {
      this.drawEnd(task, task.state === 'done');
    }
  }

  private tell(title: string, ...beside: HTMLElement[]): void {
    if (this.head.querySelector('h1')?.textContent !== title) {
      this.head.replaceChildren(element('h1', { 'aria-live': 'polite' }, title), ...beside);
    }
  }

  private tick(): void {
    const { known } = this.task;
    if (known.kind === 'told' && known.task.state === 'running') {
      this.progress.replaceChildren(stageList(known.task, this.trans));
    }
  }

  private readonly head = element('header', { class: 'jp-Cellmark-viewHeader' });
  private readonly progress = element('div', { class: 'jp-Cellmark-progress' });
  private readonly cancel: HTMLButtonElement;
  private readonly timer: ReturnType<typeof setInterval>;
}
