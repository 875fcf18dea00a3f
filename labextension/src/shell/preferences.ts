/** What a person may have otherwise; the names are those of the settings. */
export interface IPreferences {
  readonly chips: boolean;
  readonly verdicts: boolean;
  readonly metrics: readonly string[];
}

/** A setting that is on or off. */
export type Switch = 'chips' | 'verdicts';

export const SWITCHES: readonly Switch[] = ['chips', 'verdicts'];

/** What settings say; what they don't say, or say in another shape, is as it is by default. */
export function parsePreferences(settings: unknown): IPreferences {
  const { chips, verdicts, metrics } = (settings ?? {}) as Record<string, unknown>;
  return {
    chips: chips !== false,
    verdicts: verdicts !== false,
    metrics: Array.isArray(metrics) ? metrics.filter(name => typeof name === 'string') : []
  };
}

const HIDING: Readonly<Record<Switch, string>> = {
  chips: 'jp-mod-cellmarkNoChips',
  verdicts: 'jp-mod-cellmarkNoVerdicts'
};

/** Show on the page what is wished for, in notebooks that are opened later too. */
export function show(preferences: IPreferences, page: Pick<HTMLElement, 'classList'>): void {
  for (const name of SWITCHES) {
    page.classList.toggle(HIDING[name], !preferences[name]);
  }
}
