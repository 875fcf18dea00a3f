import { type Extension, type Range, StateEffect, StateField, type Text } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, hoverTooltip } from '@codemirror/view';
import type { IFinding } from './finding';

/** Mark these findings in the code, in place of others. */
export const setFindings = StateEffect.define<readonly IFinding[]>();

/** Marks move with the code as it is typed, until it is looked at again. */
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (before, transaction) => {
    const set = transaction.effects.find(effect => effect.is(setFindings));
    return set
      ? Decoration.set(marksIn(set.value, transaction.state.doc), true)
      : before.map(transaction.changes);
  },
  provide: field => EditorView.decorations.from(field)
});

/** Underlines, and what `tell` says of the finding where the pointer rests on one. */
export function findingMarks(tell: (finding: IFinding) => HTMLElement): Extension {
  return [
    marks,
    hoverTooltip((view, at) => {
      const found: { from: number; to: number; finding: IFinding }[] = [];
      view.state.field(marks).between(at, at, (from, to, { spec }) => {
        const { finding } = spec as { finding: IFinding };
        found.push({ from, to, finding });
      });
      const [first] = found;
      if (!first) {
        return null;
      }
      const create = (): { dom: HTMLElement } => {
        const dom = document.createElement('div');
        dom.className = 'jp-Cellmark-findingTip';
        dom.append(...found.map(({ finding }) => tell(finding)));
        return { dom };
      };
      return { pos: first.from, end: first.to, above: true, create };
    })
  ];
}

function marksIn(findings: readonly IFinding[], doc: Text): Range<Decoration>[] {
  return findings.flatMap(finding => {
    const from = placeIn(doc, finding.line, finding.column);
    const to = placeIn(doc, finding.endLine, finding.endColumn);
    if (from === null || to === null || to <= from) {
      return [];
    }
    const attributes = { 'data-severity': finding.severity, 'data-rule': finding.rule };
    const about = { class: 'jp-Cellmark-finding', attributes, finding };
    return [Decoration.mark(about).range(from, to)];
  });
}

/** Null where the text is another than the one that was looked at. */
function placeIn(doc: Text, line: number, column: number): number | null {
  if (line > doc.lines) {
    return null;
  }
  const { from, to } = doc.line(line);
  // Rules count characters as Python does; the editor counts UTF-16 units.
  const text = doc.sliceString(from, to);
  const units = Array.from(text)
    .slice(0, column - 1)
    .join('').length;
  return Math.min(from + units, to);
}
