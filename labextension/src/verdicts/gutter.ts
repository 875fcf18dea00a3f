import { type Extension, RangeSet, StateEffect, StateField } from '@codemirror/state';
import { type EditorView, gutter, GutterMarker, hoverTooltip } from '@codemirror/view';
import { element } from '../runs/dom';
import type { IJudged, Verdict } from './verdict';

/** How a verdict is called in the reader's language, and what it means. */
export type VerdictWords = Readonly<Record<Verdict, string>>;

/** Show these verdicts beside the code, in place of others. */
export const setVerdicts = StateEffect.define<readonly IJudged[]>();

/** A verdict is one on the code that was judged: it goes when the code is changed. */
const verdicts = StateField.define<readonly IJudged[]>({
  create: () => [],
  update: (before, transaction) => {
    const set = transaction.effects.find(effect => effect.is(setVerdicts));
    if (set) {
      return set.value;
    }
    return transaction.docChanged ? [] : before;
  }
});

class VerdictMark extends GutterMarker {
  constructor(
    private readonly judged: IJudged,
    private readonly words: VerdictWords
  ) {
    super();
  }

  override eq(other: VerdictMark): boolean {
    return other.judged === this.judged;
  }

  override toDOM(): HTMLElement {
    const { verdict } = this.judged;
    return element('span', {
      class: 'jp-Cellmark-verdict',
      'data-verdict': verdict,
      role: 'img',
      'aria-label': toldOf(this.judged, this.words),
      title: toldOf(this.judged, this.words)
    });
  }
}

/** What a judged statement's mark says, in lines. */
export function toldOf({ verdict, reason, fix, frozen }: IJudged, words: VerdictWords): string {
  const values = Object.entries(frozen).map(([name, value]) => `${name} = ${value}`);
  const told = reason === '' ? words[verdict] : `${words[verdict]}: ${reason}`;
  return [told, ...values, fix].filter(line => line !== '').join('\n');
}

/** Marks left of the code, and what they mean where the pointer rests on a judged line. */
export function verdictGutter(words: VerdictWords): Extension {
  return [
    verdicts,
    gutter({
      class: 'jp-Cellmark-verdicts',
      markers: view => RangeSet.of(marksIn(view, words), true),
      initialSpacer: () => new VerdictMark(SPACER, words)
    }),
    hoverTooltip((view, at) => {
      const line = view.state.doc.lineAt(at);
      const judged = view.state.field(verdicts).find(each => each.line === line.number);
      const show = (known: IJudged) => (): { dom: HTMLElement } => ({
        dom: element('div', { class: 'jp-Cellmark-verdictTip' }, toldOf(known, words))
      });
      return judged ? { pos: line.from, above: true, create: show(judged) } : null;
    })
  ];
}

const SPACER: IJudged = { cell: 0, line: 0, verdict: 'kept', reason: '', fix: '', frozen: {} };

function marksIn(view: EditorView, words: VerdictWords): ReturnType<VerdictMark['range']>[] {
  const { doc } = view.state;
  return view.state
    .field(verdicts)
    .filter(({ line }) => line <= doc.lines)
    .map(judged => new VerdictMark(judged, words).range(doc.line(judged.line).from));
}
