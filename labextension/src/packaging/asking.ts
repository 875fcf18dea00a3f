import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { PackageForm } from './form';
import { type Choosable, type IWish, nameFor } from './wish';

/** The key of a notebook's metadata under which its choices stand, as the command line reads them. */
const METADATA = 'cellmark';

interface IChosen {
  readonly choices: Readonly<Record<string, string>>;
  readonly policies: Readonly<Record<string, string>>;
}

export interface IAsked {
  readonly name?: string;
  readonly choosable?: Choosable;
  readonly chosen?: Readonly<Record<string, string>>;
}

/** Ask what to package, and under which name; null if they would rather not. */
export async function askWish(
  panel: NotebookPanel,
  asked: IAsked,
  trans: TranslationBundle
): Promise<IWish | null> {
  const known = chosenIn(panel);
  const { button, value, isChecked } = await showDialog<IWish>({
    title: trans.__('Package this notebook'),
    body: new PackageForm({
      name: asked.name ?? nameFor(panel.context.path),
      choosable: asked.choosable ?? {},
      chosen: { ...known.choices, ...asked.chosen },
      policies: known.policies,
      trans
    }),
    checkbox: {
      label: trans.__('Keep these choices in the notebook'),
      caption: trans.__('The command line and others who package it then choose the same')
    },
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Package') })]
  });
  if (!button.accept || value === null) {
    return null;
  }
  if (isChecked === true) {
    keepChosen(panel, known, value);
  }
  return value;
}

function chosenIn(panel: NotebookPanel): IChosen {
  const written: unknown = panel.content.model?.getMetadata(METADATA);
  const { policies, ...names } = (written ?? {}) as Record<string, unknown>;
  return { choices: textsIn(names), policies: textsIn(policies ?? {}) };
}

function keepChosen(panel: NotebookPanel, known: IChosen, { choices, policies }: IWish): void {
  const all = { ...known.policies, ...policies };
  const stated = Object.keys(all).length > 0 ? { policies: all } : {};
  panel.content.model?.setMetadata(METADATA, { ...known.choices, ...choices, ...stated });
}

function textsIn(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  );
}
