import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from '../runs/dom';
import { duration } from '../runs/words';
import type { ITask } from './task';

const MARKS = { done: '✓', failed: '✗', cancelled: '–', running: '' } as const;
type Mark = keyof typeof MARKS;

/** What was done, what is being done and how far that is, each with the time that it took. */
export function stageList(
  task: ITask,
  trans: TranslationBundle,
  now = Date.now() / 1000
): HTMLElement {
  // A command says nothing until it is loaded.
  const starting = { said: trans.__('starting'), began: task.started, detail: '' };
  const stages = task.stages.length > 0 ? task.stages : [starting];
  const ends = [...stages.slice(1).map(({ began }) => began), task.ended ?? now];
  const items = stages.map(({ said, began, detail }, at) => {
    const isLast = at === stages.length - 1;
    const took = duration(Math.max(0, (ends[at] ?? now) - began), trans);
    const mark: Mark = isLast ? task.state : 'done';
    return element(
      'li',
      { class: 'jp-Cellmark-stage', 'data-mark': mark },
      element('span', { class: 'jp-Cellmark-stageMark', 'aria-hidden': 'true' }, MARKS[mark]),
      element('span', {}, said),
      element('span', { class: 'jp-Cellmark-took' }, mark === 'done' ? '' : detail),
      element('span', { class: 'jp-Cellmark-took' }, took)
    );
  });
  return element('ol', { class: 'jp-Cellmark-stages', 'aria-label': trans.__('Stages') }, ...items);
}
